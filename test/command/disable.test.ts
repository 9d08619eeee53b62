import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readChoice, saveChoice } from '../../src/consent/choice.ts'
import { layoutOf } from '../../src/machine/layout.ts'
import { formatName, newName } from '../../src/spool/name.ts'
import { useDirectory, usePlace, useReceiver } from '../support/place.ts'
import { run, runFixture } from '../support/program.ts'
import { withTool } from '../support/tools.ts'

/** `disable`, `id --reset` and `spool clear` delete what is ours, and nothing that a link leads to. */

const place = usePlace()
const receiver = useReceiver()
let elsewhere: string
useDirectory((path) => (elsewhere = path))

const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const command = (...args: string[]) => run(process.execPath, [main, ...args], place)
const inHome = (...path: string[]) => join(place.home, '.cq', ...path)
const put = (path: string, text = 'x'): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
const link = (target: string, path: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}
const spoolFile = (state: 'jsonl' | 'held' | 'open' = 'jsonl') =>
  formatName(newName('0123456789abcdef', ['otlp'], state))
const id = '00000000-aaaa-4bbb-8ccc-123456789abc\n'

/** What a tool's directory may hold, and more. */
const everything = () => ({
  ours: [
    'telemetry/secret',
    'telemetry/crashed',
    'telemetry/delivery.json',
    'telemetry/started',
    'telemetry/job-0123456789ab',
    'telemetry/secret.0123456789ab.tmp',
    'telemetry/delivery.json.0123456789ab.tmp',
    'telemetry-random-id',
    'telemetry-random-id.0123456789ab.tmp',
    ...[spoolFile(), spoolFile('held'), spoolFile('open'), `${spoolFile('open')}.tmp`].map(
      (name) => `telemetry/spool/${name}`,
    ),
    ...['', '.1'].map((end) => `telemetry/crashes/2026-01-01.${'a'.repeat(40)}${end}`),
  ],
  others: [
    'notes.txt',
    'cloudquery.yml',
    'telemetry-random-id.bak',
    'telemetry/notes.txt',
    'telemetry/job-notes',
    'telemetry/secret.pem',
    'telemetry/spool/notes.txt',
    'telemetry/spool/a.jsonl',
    'telemetry/crashes/notes.txt',
    'telemetry/spool/sub/notes.txt',
  ],
})
const fill = (directory: string) => {
  const { ours, others } = everything()
  for (const name of [...ours, ...others]) put(join(directory, name))
  return { ours, others }
}
const remaining = (directory: string, names: readonly string[]) =>
  names.filter((name) => existsSync(join(directory, name)))

test('disable deletes our files, including a job that a kill has left, and no other file', async () => {
  const { ours, others } = fill(inHome())
  const { code, stdout } = await command('disable')
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'Telemetry is off. What was recorded and the random id are deleted.\n',
  })
  expect(remaining(inHome(), ours)).toEqual([])
  expect(remaining(inHome(), others)).toEqual(others)
})

describe.each([
  { name: '.cq', at: '' },
  { name: '.cq/telemetry', at: 'telemetry' },
  { name: '.cq/telemetry/spool', at: 'telemetry/spool' },
  { name: '.cq/telemetry/crashes', at: 'telemetry/crashes' },
])('with a linked $name', ({ at }) => {
  /** A folder that looks like one of ours in every name. */
  const linked = () => {
    const { ours, others } = fill(elsewhere)
    link(join(elsewhere, at), inHome(at))
    return [...ours, ...others].filter((name) => name.startsWith(at === '' ? '' : `${at}/`))
  }

  test('disable deletes nothing behind the link, says so, and stores the no', async () => {
    const names = linked()
    const { code, stdout } = await command('disable')
    expect(code).toBe(0)
    expect(stdout).toContain(
      `These are left, because they are links, not yours, or cannot be deleted: ${inHome(at).replace(/\/$/, '')}`,
    )
    expect(remaining(elsewhere, names)).toEqual(names)
    expect((await command('status')).stdout).toContain('Telemetry is off (npx cq-telemetry disable)')
    expect(JSON.parse((await command('disable', '--json')).stdout)).toMatchObject({ enabled: false })
  })
})

test.each(['telemetry', 'telemetry/spool'])(
  'with a linked .cq/%s no run, drain or other command touches it',
  async (at) => {
    const { ours, others } = fill(elsewhere)
    link(join(elsewhere, at), inHome(at))
    const names = [...ours, ...others].filter(
      (name) => name.startsWith(`${at}/spool`) || name.startsWith('telemetry/spool'),
    )
    const before = readdirSync(join(elsewhere, 'telemetry/spool'))
    const { code, stdout } = await runFixture('fetch.mjs', place, { CI: 'true', RUDDER_URL: receiver.url })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'enabled true\n' })
    await command('spool', 'clear')
    await command('flush', '--otlp-endpoint', receiver.url)
    expect(remaining(elsewhere, names)).toEqual(names)
    expect(readdirSync(join(elsewhere, 'telemetry/spool'))).toEqual(before)
  },
)

describe('entries with our names that are no regular files', () => {
  const name = () => `telemetry/spool/${spoolFile()}`
  test.each([
    ['the random id', () => 'telemetry-random-id'],
    ['the secret', () => 'telemetry/secret'],
    ['a file of the spool', name],
    ['a job', () => 'telemetry/job-0123456789ab'],
  ])('%s as a link stays, and so does what it leads to', async (_, nameOf) => {
    const path = inHome(nameOf())
    put(join(elsewhere, 'target'), 'precious')
    link(join(elsewhere, 'target'), path)
    const { code, stdout } = await command('disable')
    expect({ code, says: stdout.includes(path) }).toEqual({ code: 0, says: true })
    expect(readFileSync(path, 'utf8')).toBe('precious')
  })

  test('a random id in a linked directory of the working directory stays', async () => {
    put(join(elsewhere, 'telemetry-random-id'), id)
    link(elsewhere, join(place.cwd, '.cq'))
    for (const args of [['disable'], ['id', '--reset']]) {
      const { code, stdout } = await command(...args)
      expect({ code, says: stdout.includes(join(place.cwd, '.cq')) }).toEqual({ code: 0, says: true })
    }
    expect(readFileSync(join(elsewhere, 'telemetry-random-id'), 'utf8')).toBe(id)
  })
})

describe('the consent file', () => {
  const consent = () => inHome('telemetry/consent.json')
  const valid = '{"enabled":true,"generation":"0123456789abcdef"}'
  const write = (text: string | Buffer) => {
    mkdirSync(dirname(consent()), { recursive: true })
    writeFileSync(consent(), text, { mode: 0o600 })
  }

  test.each([valid, `${valid}\n`])('%j is a yes', (text) => {
    write(text)
    expect(readChoice(consent()).kind).toBe('enabled')
  })

  test.each<[string, string | Buffer]>([
    ['a key twice', '{"enabled":false,"generation":"0123456789abcdef","enabled":true}'],
    ['a key twice, the other way', '{"enabled":true,"generation":"0123456789abcdef","enabled":false}'],
    ['a key twice, one of them escaped', '{"\\u0065nabled":false,"enabled":true,"generation":"0123456789abcdef"}'],
    ['one more key', '{"enabled":true,"generation":"0123456789abcdef","no":true}'],
    ['a prototype', '{"__proto__":{"enabled":true},"generation":"0123456789abcdef"}'],
    ['something behind it', `${valid}x`],
    ['a second document', `${valid}\n${valid}\n`],
    ['a NUL behind it', `${valid}\0`],
    ['a byte order mark', `\ufeff${valid}`],
    ['UTF-16', Buffer.from(valid, 'utf16le')],
    ['a comment', `${valid} // no`],
    ['a text in the place of true', valid.replace('true', '"true"')],
    ['a number in the place of true', valid.replace('true', '1')],
    ['another generation', valid.replace('0123', 'ABCD')],
    ['nothing', ''],
    ['spaces to the bound and beyond', valid + ' '.repeat(10_000)],
  ])('with %s is a no', (_, text) => {
    write(text)
    expect(['disabled', 'unreadable']).toContain(readChoice(consent()).kind)
  })

  test.each([0o602, 0o620, 0o666])('a yes that others can write is a no: %o', (mode) => {
    write(valid)
    chmodSync(consent(), mode)
    expect(readChoice(consent()).kind).toBe('unreadable')
  })

  // Only root can give a file away.
  test.runIf(process.getuid?.() === 0)('a yes of another user is no yes', () => {
    write(valid)
    chownSync(consent(), 12345, 12345)
    expect(readChoice(consent()).kind).not.toBe('enabled')
  })

  test('a yes behind a link is a no', () => {
    put(join(elsewhere, 'consent.json'), valid)
    link(join(elsewhere, 'consent.json'), consent())
    expect(readChoice(consent()).kind).toBe('unreadable')
  })

  test('the files that enable and disable write are read back', () => {
    const files = layoutOf(inHome('telemetry'))
    saveChoice(files, 'all', [])
    expect(readChoice(consent()).kind).toBe('enabled')
    saveChoice(files, 'disabled', [])
    expect(readChoice(consent()).kind).toBe('disabled')
  })
})

withTool('unshare', describe)('an id that cannot be deleted', () => {
  test('is no success of id --reset', async () => {
    put(inHome('telemetry-random-id'), id)
    const words = ['set -e; mount --bind "$0" "$0"; mount -o remount,ro,bind "$0"; exec "$@"', place.home]
    const reset = [process.execPath, main, 'id', '--reset']
    const { code, stdout } = await run('unshare', ['-rm', 'sh', '-c', ...words, ...reset], place)
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining(`The random id could not be deleted: ${id}`),
    })
  })
})
