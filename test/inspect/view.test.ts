import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { escapeControls, fit, paintFor } from '../../src/inspect/paint.ts'
import { runsIn } from '../../src/inspect/runs.ts'
import { asText } from '../../src/inspect/text.ts'
import { viewSpan } from '../../src/inspect/view-span.ts'
import { waterfall } from '../../src/inspect/waterfall.ts'
import { trackEvents } from '../../src/deliver/rudder/mapping.ts'
import { encodeLine } from '../../src/otlp/encode.ts'
import { run, runFixture } from '../support/program.ts'
import { record } from '../support/record.ts'
import { sawNotice, spoolDirectory, spooled } from '../support/spool.ts'
import { onTerminal, shellWords } from '../support/terminal.ts'
import { usePlace } from '../support/place.ts'

/** What was recorded, in the terminal. */

const place = usePlace()

const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const view = (...args: string[]) => run(process.execPath, [main, 'view', ...args], place)
const plain = paintFor({})
const escape = String.fromCharCode(27)

/** A fetch of that many resources, each with as many items as its number. */
const fetchOf = (resources: number) => {
  const recorded = record()
  recorded.operations.operation('fetch', (fetch) => {
    fetch.provider({ name: 'aws', version: 'v1.0.0' }, (aws) => {
      for (let index = 0; index < resources; index++) {
        aws.resource(`r${index}`, (resource) => {
          resource.count(index)
          if (index === 3) resource.error(new TypeError('hunter2'))
        })
      }
    })
  })
  recorded.end(0)
  return recorded
}

describe('the waterfall', () => {
  const lines = (resources: number, width: number): string[] =>
    waterfall(fetchOf(resources).spans.map(viewSpan), { width, paint: plain })

  test('is at most as wide as the terminal, with bars to scale', () => {
    for (const width of [40, 59, 60, 80, 120, 200]) {
      for (const line of lines(30, width)) expect(Array.from(line).length).toBeLessThanOrEqual(width)
    }
    const [root = ''] = lines(2, 100)
    expect(root).toMatch(/^mytool {2,}[\d.]+ m?s {2}█+ +exit code 0$/)
  })

  test('has durations and remarks, but no bars, if it is narrow', () => {
    const [, fetch = ''] = lines(2, 50)
    expect(fetch).toMatch(/^└─ fetch +[\d.]+ ms {2}1 item$/)
  })

  test('lists the failed and the slowest of many resources, and sums up the others', () => {
    const spans = fetchOf(900).spans.map(viewSpan)
    const all = waterfall(spans, { width: 250, paint: plain })
    expect(all).toHaveLength(3 + 8 + 1)
    expect(all[3]).toMatch(/r3 .*1 error/)
    const shown = all.slice(3, 11).map((line) => Number(/r(\d+) /.exec(line)?.[1]))
    const items = (899 * 900) / 2 - shown.reduce((sum, index) => sum + index, 0)
    expect(all.at(-1)).toMatch(/└─ … 892 more, [\d.]+ m?s in all, [\d,]+ items$/)
    expect(all.at(-1)).toContain(`${items.toLocaleString('en')} items`)
    const durations = all.slice(4, 11).map((line) => Number(/([\d.]+) ms/.exec(line)?.[1]))
    expect(durations).toEqual(durations.toSorted((a, b) => b - a))
  })

  test('groups the rows of a provider, and keeps the operations of a run in the order of time', () => {
    const recorded = record({ operations: ['one', 'two'], providers: ['aws', 'gcp'] })
    for (const name of ['two', 'one'])
      recorded.operations.operation(name, (operation) => {
        for (const provider of ['aws', 'gcp', 'aws']) operation.provider({ name: provider }, () => undefined)
      })
    recorded.end(0)
    const names = waterfall(recorded.spans.map(viewSpan), { width: 80, paint: plain }).map(
      (line) => /(?:─ |^)(\w+)/.exec(line)?.[1],
    )
    expect(names).toEqual(['mytool', 'two', 'aws', 'aws', 'gcp', 'one', 'aws', 'aws', 'gcp'])
  })

  const words = (text: string) => text.match(/[\p{L}\d]+(?:[.,_][\p{L}\d]+)*/gu) ?? []
  const failed = (() => {
    const recorded = record({ operations: ['fetch'], providers: ['aws', 'gcp'], resources: () => true })
    recorded.operations.operation('fetch', (fetch) => {
      for (const provider of ['aws', 'gcp'])
        fetch.provider({ name: provider, version: 'v1.0.0' }, (cloud) => {
          for (const name of ['ec2.instances_101', 'lambda.functions', 's3.buckets', 'identitycentre.users'])
            cloud.resource(name, (resource) => {
              resource.count(123_456)
              if (name === 's3.buckets') resource.error(Object.assign(new Error(), { code: 'EACCES' }))
            })
        })
    })
    recorded.end(3)
    return recorded
  })()
  const inspected = (width: number, paint = plain) => {
    const { spans, resource } = failed
    const removed = [{ what: 'http.url', reason: 'a span of type operation has no such attribute', count: 1200 }]
    return asText(
      { spans: spans.map(viewSpan), events: spans.flatMap((span) => trackEvents(span, resource())), removed },
      { width, paint },
    )
  }

  test.each([40, 59, 60, 80, 120])('of %i columns cuts no word, and is not wider', (width) => {
    const whole = new Set(inspected(1000).flatMap(words))
    for (const line of inspected(width)) {
      expect(Array.from(line).length).toBeLessThanOrEqual(width)
      // A name that does not fit is cut after one of its parts.
      for (const word of words(line)) {
        const isWhole = whole.has(word) || [...whole].some((each) => each.startsWith(`${word}.`))
        expect(isWhole, `${word} in ${line}`).toBe(true)
      }
      expect(/█|▏|▎|▍|▌|▋|▊|▉/.test(line) && width < 60).toBe(false)
    }
    expect(
      inspected(width)
        .slice(0, 4)
        .every((line) => /[▏▎▍▌▋▊▉█]/.test(line)),
    ).toBe(width >= 60)
  })

  test('in colour has the same text, with red only for failures, and unbroken lines of the tree', () => {
    const colours = paintFor({ isTTY: true }, {})
    // oxlint-disable-next-line no-control-regex -- Colours are control characters.
    const codes = /\u001b\[(\d+)m/g
    for (const width of [40, 80, 120]) {
      const [plainLines, coloured] = [inspected(width), inspected(width, colours)]
      expect(coloured.map((line) => line.replaceAll(codes, ''))).toEqual(plainLines)
      for (const line of coloured.filter((each) => /[├└]/.test(each))) {
        // oxlint-disable-next-line no-control-regex -- The same.
        expect(/^\u001b\[2m[│├└─ ]+\u001b\[22m/.test(line), JSON.stringify(line)).toBe(true)
        expect(line.includes('\u001b[31m')).toBe(line.includes('s3.buckets'))
      }
    }
  })

  test('of 10,000 resources shows how many have no span of their own', () => {
    expect(lines(10_000, 200)[1]).toMatch(/49,995,000 items, 1 error.*9,001 spans left out/)
  })

  test('of a chain of 20,000 spans is finite', () => {
    const [first] = fetchOf(1).spans.map(viewSpan)
    if (!first) throw new Error('no span')
    const chain = Array.from({ length: 20_000 }, (_, index) => ({
      ...first,
      spanId: String(index),
      parentSpanId: index === 0 ? undefined : String(index - 1),
    }))
    const lines = waterfall(chain, { width: 120, paint: plain })
    expect(lines.length).toBeGreaterThan(50)
    expect(lines.length).toBeLessThan(60)
  })

  test("of spans that are each other's parents is finite", () => {
    const [first, second] = fetchOf(1).spans.map(viewSpan)
    if (!first || !second) throw new Error('no spans')
    const circle = [
      { ...first, parentSpanId: second.spanId },
      { ...second, parentSpanId: first.spanId },
    ]
    expect(waterfall(circle, { width: 80, paint: plain }).length).toBeLessThan(5)
    expect(waterfall([], { width: 80, paint: plain })).toEqual([])
  })
})

describe('a file', () => {
  test('of the inspect log is shown as it was inspected, with what was removed', async () => {
    writeFileSync(join(place.cwd, 'names.json'), '["s3cret name"]')
    await runFixture('names.mjs', place, {}, ['--inspect-telemetry'])
    const { code, stdout } = await view()
    expect(code).toBe(0)
    expect(stdout).toMatch(/Removed before anything was written\n.*the name is not public/)
    expect(stdout).not.toContain(escape)
  })

  test('of the spool is shown with what would happen to it', async () => {
    sawNotice(place)
    await runFixture('fetch.mjs', place, { RUDDER_URL: 'http://127.0.0.1:9', DELIVERY: 'manual' })
    const [file = ''] = spooled(place)
    for (const args of [[], ['--spool'], [join(spoolDirectory(place), file)]]) {
      const { stdout } = await view(...args)
      expect(stdout).toMatch(/└─ aws .*42 items, successful/)
      expect(stdout).toMatch(/ {2}fetch +operation fetch, fetch_provider aws/)
    }
  })

  const foreign = (name: string, more: object = {}) => ({
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    name,
    startTimeUnixNano: '1763900000000000000',
    endTimeUnixNano: '1763900001500000000',
    ...more,
  })
  const otlp = (...spans: object[]) => ({
    resourceSpans: [{ resource: {}, scopeSpans: [{ scope: { name: 'x' }, spans }] }],
  })

  test.each([
    ['a line', (value: object) => `${JSON.stringify(value)}\n`],
    ['a document', (value: object) => JSON.stringify(value, undefined, 2)],
  ])('of a collector, as %s, is shown whatever is in it', async (_, text) => {
    writeFileSync(join(place.cwd, 'spans.json'), text(otlp(foreign('GET /users', { status: { code: 2 } }))))
    const { code, stdout } = await view('spans.json')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^GET \/users +1\.50 s {2}█+$/m)
    expect(stdout).toContain('it is of another instrumentation')
  })

  test('cannot move the cursor, colour or hide anything', async () => {
    const hostile = `${escape}[2J${escape}]0;title\u0007\r\nname\u202e\u200b`
    writeFileSync(join(place.cwd, 'spans.json'), JSON.stringify(otlp(foreign(hostile))))
    const { stdout } = await view('spans.json')
    expect(stdout).toContain('\\u{1b}[2J\\u{1b}]0;title\\u{7}')
    for (const character of hostile.match(/\p{C}/gu) ?? [])
      if (character !== '\n') expect(stdout).not.toContain(character)
  })

  test('with damaged or foreign lines is shown without them', () => {
    const whole = encodeLine({ resource: fetchOf(1).resource(), spans: [] })
    expect(runsIn(`{"resourceSpans":[{"torn\n[]\n7\nnull\n{"message":"inspect span","data":7}\n${whole}`)).toEqual([])
    const good = fetchOf(1)
    const text = `{"torn\n${encodeLine({ resource: good.resource(), spans: good.spans })}`
    expect(runsIn(text)[0]?.spans).toHaveLength(4)
  })

  test('with each span twice, as after a repeated delivery, shows each once', () => {
    const { resource, spans } = fetchOf(3)
    const line = encodeLine({ resource: resource(), spans })
    const [once] = runsIn(line)
    expect(runsIn(line + line)).toEqual([
      { ...once, events: expect.any(Array) as unknown, requests: expect.any(Array) as unknown },
    ])
    expect(runsIn(line + line)[0]?.events).toHaveLength(once?.events.length ?? -1)
  })

  test('of several runs shows the last one, and says that there are more', async () => {
    for (let count = 0; count < 2; count++) await runFixture('fetch.mjs', place, {}, ['--inspect-telemetry'])
    const last = await view()
    expect(last.stdout.match(/^trace /gm)).toHaveLength(1)
    expect(last.stderr).toContain('This is the last of 2 runs. Use --all to see each')
    expect((await view('--all')).stdout.match(/^trace /gm)).toHaveLength(2)
    expect(JSON.parse((await view('--all', '--json')).stdout)).toHaveLength(2)
  })

  test('can be read from standard input', async () => {
    const { spans, resource } = fetchOf(1)
    writeFileSync(join(place.cwd, 'spans'), encodeLine({ resource: resource(), spans }))
    const { stdout } = await run('sh', ['-c', `${shellWords(process.execPath, [main, 'view', '-'])} < spans`], place)
    expect(stdout).toContain('└─ fetch')
  })

  test.each([
    ['that is not there', ['nowhere.log'], 1, 'nowhere.log cannot be read (ENOENT)'],
    ['that is a directory', ['directory'], 1, 'directory cannot be read (EISDIR)'],
    ['of something else', ['other'], 1, 'there is no span in other'],
    ['that nobody named, where there is none', [], 1, 'run the tool with --inspect-telemetry first'],
    [
      'for a page that cannot be written',
      ['spans', '--html', '/nowhere/x.html'],
      1,
      '/nowhere/x.html cannot be written',
    ],
  ])('%s is said', async (_, args, code, says) => {
    mkdirSync(join(place.cwd, 'directory'))
    writeFileSync(join(place.cwd, 'other'), 'text\n')
    writeFileSync(join(place.cwd, 'spans'), JSON.stringify(otlp(foreign('x'))))
    const ended = await view(...args)
    expect(ended.code).toBe(code)
    expect(ended.stderr).toContain(says)
  })
})

describe('colours', () => {
  let shown: (env: NodeJS.ProcessEnv) => Promise<string>
  beforeEach(async () => {
    await runFixture('fetch.mjs', place, {}, ['--inspect-telemetry'])
    shown = async (env) => (await onTerminal(shellWords(process.execPath, [main, 'view']), place, env)).stdout
  })

  test.each<[NodeJS.ProcessEnv, boolean, boolean]>([
    [{ TERM: 'xterm' }, true, false],
    [{ TERM: 'xterm', NO_COLOR: '1' }, false, false],
    [{ TERM: 'dumb' }, false, false],
    [{ TERM: 'xterm', FORCE_COLOR: '1' }, true, true],
    [{ TERM: 'dumb', FORCE_COLOR: '1' }, true, true],
    [{ TERM: 'xterm', FORCE_COLOR: '0' }, false, false],
    [{ TERM: 'xterm', FORCE_COLOR: '1', NO_COLOR: '1' }, true, true],
  ])('with %j are on a terminal: %s, and in a pipe: %s', async (env, onTerminal, inPipe) => {
    expect((await shown(env)).includes(`${escape}[`)).toBe(onTerminal)
    expect((await run(process.execPath, [main, 'view'], place, env)).stdout.includes(`${escape}[`)).toBe(inPipe)
  })
})

test('removed values are counted by reason, and never shown', () => {
  const removed: { what: string; reason: string }[] = []
  const recorded = record({ operations: ['fetch'] }, {}, {}, (each) => removed.push(...each))
  const span = recorded.tracer.startSpan('s3cret name', {
    attributes: {
      'cq.span.type': 'operation',
      'cq.operation.name': 'fetch',
      'http.url': 'https://s3cret',
      's3cret.key': 1,
      'cq.resource.name': 's3cret',
      'cq.aborted': 's3cret',
      'cq.custom.s3cret': true,
    },
  })
  span.addEvent('s3cret')
  span.setStatus({ code: 2, message: 's3cret' })
  span.end()
  recorded.tracer.startSpan('s3cret').end()
  recorded.end(0)
  expect(removed).toEqual([
    { what: 'http.url', reason: 'it is not in the table' },
    { what: '(another attribute)', reason: 'it is not in the table' },
    { what: 'cq.resource.name', reason: 'a span of type operation has no such attribute' },
    { what: 'cq.aborted', reason: 'the value is not: boolean' },
    { what: '(a custom attribute)', reason: 'it is not declared, or not with this value' },
    { what: '(a status message)', reason: 'it is never read' },
    { what: '(an event)', reason: 'it is never read' },
    { what: '(a whole span)', reason: 'it belongs to no operation' },
  ])
  const text = asText({ spans: recorded.spans.map(viewSpan), events: [], removed: [] }, { width: 80, paint: plain })
  expect(text.join('\n')).not.toContain('s3cret')
})

test('text is cut to fit, and its control characters are escaped', () => {
  expect([fit('abc', 5), fit('abcdef', 4)]).toEqual(['abc  ', 'abc…'])
  expect(escapeControls('a\tb\u2028')).toBe('a\\u{9}b\\u{2028}')
})

describe('--inspect-telemetry', () => {
  test('shows the waterfall, the events and the command that shows more', async () => {
    const { stderr } = await runFixture('fetch.mjs', place, {}, ['--inspect-telemetry'])
    const log = join(place.cwd, 'cloudquery.log')
    expect(stderr).toMatch(/cloudquery .*█.*exit code 0\n└─ fetch .*\n {3}└─ aws/)
    expect(stderr).toContain(`(in a browser: npx cq-telemetry view ${log} --open)`)
    expect(statSync(log).mode & 0o777).toBe(0o600)
    expect(readFileSync(log, 'utf8')).not.toContain('█')
  })
})
