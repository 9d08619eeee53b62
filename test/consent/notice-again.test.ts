import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Options } from '../../src/api/options.ts'
import { type NoticeOptions, shownBefore, showNotice } from '../../src/consent/notice.ts'
import { isSilent, termsOf } from '../../src/contract/terms.ts'
import { layoutOf } from '../../src/machine/layout.ts'
import { bool, bucket, oneOf } from '../../src/schema/custom.ts'
import { cli } from '../support/cloudquery.ts'
import { usePlace } from '../support/place.ts'
import { onTerminal, shellWords } from '../support/terminal.ts'

/** The notice comes again when more is collected than the user has seen. */

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cq-notice-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const app = { name: 'mytool', version: '1.0.0' }
const termsWith = (options: Partial<Options> = {}) => termsOf({ app, ...options })

const show = (options: Partial<NoticeOptions> = {}) => {
  let shown = ''
  const notice = showNotice(
    {
      mode: 'terminal',
      ci: false,
      terminal: true,
      files: layoutOf(home),
      docsUrl: undefined,
      endpoints: [],
      now: () => new Date('2026-03-01T12:00:00Z'),
      write: (text) => void (shown += text),
      isSilent,
      ...options,
    },
    () => undefined,
  )
  return { notice, shown }
}

const first = 'Anonymous telemetry collection and crash reporting enabled. Run with --no-telemetry to disable.\n'
const newer = (what: string): string => `${first}New since you last saw this: ${what}.\n`

const narrow = { identity: 'none', spans: 'operations', notice: 'silent' } as const

interface Case {
  readonly before?: Partial<Options>
  readonly after: Partial<Options>
  readonly says: string
}
const cases: Readonly<Record<string, Case>> = {
  'an operation': {
    before: { publicNames: { operations: ['build'] } },
    after: { publicNames: { operations: ['build', 'db migrate'] } },
    says: 'public operations db migrate',
  },
  'an option': { after: { publicNames: { options: ['output=json'] } }, says: 'public options output=json' },
  'a package': { after: { publicNames: { packages: ['@me/tool'] } }, says: 'public packages @me/tool' },
  'a function in the place of a list': {
    before: { publicNames: { resources: ['a'] } },
    after: { publicNames: { resources: () => true } },
    says: 'public resources (by a function)',
  },
  'an attribute': { after: { attributes: { cached: bool() } }, says: 'attribute cached' },
  'an attribute with words': { after: { attributes: { output: oneOf('json', 'table') } }, says: 'attribute output' },
  'an attribute with bounds': { after: { attributes: { rows: bucket(0, 10) } }, says: 'attribute rows' },
  'a word of an attribute': {
    before: { attributes: { output: oneOf('json') } },
    after: { attributes: { output: oneOf('json', 'table') } },
    says: 'attribute output table',
  },
  'a bound of an attribute': {
    before: { attributes: { rows: bucket(0, 10) } },
    after: { attributes: { rows: bucket(0, 5, 10) } },
    says: 'attribute rows 5',
  },
  'a collector': {
    after: { otlp: { endpoint: 'https://key:secret@otlp.example/path?key=secret' } },
    says: 'destination otlp otlp.example',
  },
  'another RudderStack': {
    before: { rudder: { writeKey: 'secret', dataPlaneUrl: 'https://a.example' } },
    after: { rudder: { writeKey: 'secret', dataPlaneUrl: 'https://b.example' } },
    says: 'destination rudder b.example',
  },
  'a random id': { before: narrow, after: { ...narrow, identity: 'random-only' }, says: 'identity id' },
  'hashes with a key': {
    before: { identity: 'random-only' },
    after: { identity: { hmacKey: 'secret' } },
    says: 'identity hashes',
  },
  'hashes without a key': {
    before: { identity: { hmacKey: 'secret' } },
    after: {},
    says: 'identity hashes without a key',
  },
  pseudonyms: { after: { pseudonyms: ['policies'] }, says: 'pseudonyms policies' },
  'spans of resources': {
    before: { spans: 'operations' },
    after: {},
    says: 'spans of providers, resources and policies',
  },
  'a configuration': { after: { config: () => ({ secret: 1 }) }, says: 'sends config' },
  'installed providers': { after: { providers: [{ name: 'aws' }] }, says: 'sends providers' },
  'trace ids of the user': { after: { joinTraces: true }, says: 'sends joinTraces' },
  'the project': { after: { project: 'git@example.org:me/tool' }, says: 'sends project' },
  'an address of controls': {
    after: { controls: { url: 'https://controls.example/mytool?key=secret', publicKey: '' } },
    says: 'controls from controls.example',
  },
  'no question any more': { before: { consent: 'ask' }, after: {}, says: 'consent without a question' },
  'a commit': { after: { app: { ...app, commit: '0f1e2d3' } }, says: 'sends commit' },
}

describe.each(Object.entries(cases))('%s', (_, { before = {}, after, says }) => {
  const [old, wide] = [termsWith(before), termsWith(after)]

  test('that is new shows the notice again, and is named in it', () => {
    expect(show({ terms: old })).toEqual({ notice: 'recorded', shown: first })
    expect(shownBefore(layoutOf(home), wide)).toBe(false)
    expect(show({ terms: wide })).toEqual({ notice: 'recorded', shown: newer(says) })
    expect(shownBefore(layoutOf(home), wide)).toBe(true)
    expect(show({ terms: wide })).toEqual({ notice: 'sendable', shown: '' })
  })

  test('that is new is not collected by a run that cannot show the notice', () => {
    show({ terms: old })
    expect(show({ terms: wide, terminal: false })).toEqual({ notice: 'held', shown: '' })
    expect(show({ terms: wide, ci: true })).toEqual({ notice: 'sendable', shown: newer(says) })
  })

  test('that is removed and comes back is not new', () => {
    show({ terms: wide })
    for (const terms of [termsWith({ ...narrow }), wide])
      expect(show({ terms })).toEqual({ notice: 'sendable', shown: '' })
  })
})

test.each([
  ['a version of the package', ['cq-telemetry 0.1.0'], ['cq-telemetry 0.2.0']],
  ['a build in development', [], ['builds in development']],
  ['a collector that the user may name', [], ['overridable true']],
])('%s that is new is kept, and shows nothing', (_, before, after) => {
  show({ terms: ['a', ...before] })
  expect(shownBefore(layoutOf(home), ['a', ...after])).toBe(false)
  const later = new Date('2026-04-01T00:00:00Z')
  expect(show({ terms: ['a', ...after], now: () => later })).toEqual({ notice: 'sendable', shown: '' })
  expect(shownBefore(layoutOf(home), ['a', ...after])).toBe(true)
  expect(readFileSync(join(home, 'notice'), 'utf8')).toMatch(/^2026-03-01T12:00:00.000Z\n/)
})

test('a list in the place of a function is nothing new', () => {
  const old = termsWith({ publicNames: { operations: () => true } })
  const narrow = termsWith({ publicNames: { operations: ['build', 'db migrate'] } })
  show({ terms: old })
  expect(show({ terms: narrow })).toEqual({ notice: 'sendable', shown: '' })
  const other = termsWith({ publicNames: { operations: () => true, policies: ['build'] } })
  expect(show({ terms: other }).shown).toBe(newer('public policies build'))
})

test('of many new things it names five', () => {
  show({ terms: ['a'] })
  const terms = ['a', ...Array.from({ length: 8 }, (_, index) => `public operations o${index}`)]
  const five = [0, 1, 2, 3, 4].map((index) => `public operations o${index}`).join(', ')
  expect(show({ terms }).shown).toBe(newer(`${five}, and 3 more`))
})

test.each([
  ['a line break', 'a\npublic operations b'],
  ['100,000 characters', 'x'.repeat(100_000)],
])('a name with %s is one short line', (_, name) => {
  const terms = termsWith({ publicNames: { operations: [name] } })
  expect(terms.filter((term) => term.startsWith('public '))).toHaveLength(1)
  expect(Math.max(...terms.map(({ length }) => length))).toBeLessThan(200)
})

test('a list of many names is one term', () => {
  const operations = Array.from({ length: 50_000 }, (_, index) => `o${index}`)
  expect(termsWith({ publicNames: { operations } })).toContain('public operations (by a long list)')
})

test('no term contains a key', () => {
  const terms = termsWith({
    otlp: { endpoint: 'https://user:secret@a.example/?key=secret', headers: { authorization: 'secret' } },
    rudder: { writeKey: 'secret', dataPlaneUrl: 'https://secret@b.example/secret' },
    identity: { hmacKey: 'secret' },
    config: { password: 'secret' },
    publisherIds: ['secret'],
  })
  expect(terms.join()).not.toContain('secret')
})

test.each(['', 'yes', '2026-03-01', 'x'.repeat(10_000)])(
  'a damaged record of the notice counts as none: %#',
  (text) => {
    writeFileSync(join(home, 'notice'), text)
    expect(show()).toEqual({ notice: 'recorded', shown: first })
    expect(readFileSync(join(home, 'notice'), 'utf8')).toBe('2026-03-01T12:00:00.000Z\n')
  },
)

test('a date alone acknowledges all terms', () => {
  writeFileSync(join(home, 'notice'), '2026-03-01T12:00:00.000Z\n')
  expect(show({ terms: ['a'] })).toEqual({ notice: 'sendable', shown: '' })
})

test('a notice whose write throws was not shown', () => {
  const write = () => {
    throw Object.assign(new Error('EIO'), { code: 'EIO' })
  }
  expect(show({ write })).toEqual({ notice: 'held', shown: '' })
  expect(show()).toEqual({ notice: 'recorded', shown: first })
})

test('the notice names the docs and each host', () => {
  const { shown } = show({ docsUrl: 'https://docs.example/t', endpoints: ['a.example', 'b.example:4318'] })
  expect(shown).toBe(
    'Anonymous telemetry collection and crash reporting enabled. Run with --no-telemetry to disable, ' +
      'or check docs at https://docs.example/t. Data goes to a.example and b.example:4318.\n',
  )
})

describe('installations of several versions', () => {
  const place = usePlace()

  test('that run in turn show the notice once for each thing that is new', async () => {
    const versions = [{}, { joinTraces: true }, { pseudonyms: ['policies'] }]
    const shown: string[] = []
    for (const options of [...versions, ...versions, { ...versions[1], ...versions[2] }]) {
      const line = shellWords(process.execPath, [cli, 'version'])
      const env = { CQ_OPTIONS: JSON.stringify(options), CQ_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
      const { stdout } = await onTerminal(line, place, env)
      shown.push(/New since you last saw this: (.*)\.\r/.exec(stdout)?.[1] ?? (stdout.includes('enabled') ? 'all' : ''))
    }
    expect(shown).toEqual(['all', 'sends joinTraces', 'pseudonyms policies', '', '', '', ''])
  })
})
