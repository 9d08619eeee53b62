import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { escapeControls, escapeLines } from '../../src/machine/visible.ts'
import { showNotice } from '../../src/consent/notice.ts'
import { InspectSpanExporter } from '../../src/inspect/exporter.ts'
import { run, runFixture } from '../support/program.ts'
import { encodeLine } from '../../src/otlp/encode.ts'
import { record } from '../support/record.ts'
import { usePlace } from '../support/place.ts'
import { files, sawNotice, spoolDirectory, spooled } from '../support/spool.ts'
import { onTerminal, shellWords } from '../support/terminal.ts'

/** No control character of a hostile file, name or option reaches the terminal. */

const place = usePlace()
const main = new URL('../../dist/command/main.js', import.meta.url).pathname

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const kinds: Readonly<Record<string, readonly number[]>> = {
  C0: range(0, 0x1f),
  'DEL and C1': range(0x7f, 0x9f),
  'bidirectional marks': [0x61c, 0x200e, 0x200f, ...range(0x202a, 0x202e), ...range(0x2066, 0x2069)],
  'without a width': [
    0xad,
    0x34f,
    0x115f,
    0x1160,
    0x17b4,
    0x17b5,
    0x180e,
    ...range(0x200b, 0x200d),
    ...range(0x2060, 0x206f),
    0x3164,
    0xfeff,
    0xffa0,
  ],
  'line and paragraph separators': [0x2028, 0x2029],
  'variation selectors': [...range(0xfe00, 0xfe0f), ...range(0xe0100, 0xe01ef)],
  tags: range(0xe0000, 0xe007f),
  'annotations and the like': range(0xfff0, 0xfffb),
  'lone surrogates': range(0xd800, 0xdfff),
  'private use': [0xe000, 0xf8ff, 0xf0000, 0x10fffd],
}
const all = Object.values(kinds).flat()
/** Each between letters, so that no two surrogates make a pair. */
const textOf = (points: readonly number[]) => points.map((point) => `a${String.fromCodePoint(point)}`).join('')
/** Titles, the clipboard, a link, a colour, the cursor, a question to the terminal. */
const sequences = [
  '\u001b]0;owned\u0007',
  '\u001b]52;c;aGk=\u0007',
  '\u001b]8;;http://x\u001b\\',
  '\u001b[8m',
  '\u001b[31m',
  '\u001b[2J\u001b[H',
  '\u001b[6n',
  '\u009b2J',
  '\u009d0;x\u009c',
  '\r\nforged',
  '\u001bP$q\u001b\\',
]
const hostile = textOf(all) + sequences.join('')

const hidden = new Set(all)
/** The code points of a text that a terminal would not show, but for line ends. */
const hiddenIn = (text: string): string[] => [
  ...new Set(
    Array.from(text)
      .map((character) => character.codePointAt(0) ?? 0)
      .filter((point) => point !== 10 && hidden.has(point))
      .map((point) => point.toString(16)),
  ),
]

describe.each(Object.entries(kinds))('%s', (_, points) => {
  test('become visible', () => {
    expect(hiddenIn(escapeControls(textOf(points)))).toEqual([])
    expect(hiddenIn(escapeLines(textOf(points), true))).toEqual([])
  })
})

test('ordinary text stays unchanged', () => {
  const text = 'Grüße, 世界, שלום, 👍 – “quoted” 12 %'
  expect(escapeControls(text)).toBe(text)
  expect(escapeLines(`${text}\n\u001b[31mred\u001b[39m`, true)).toBe(`${text}\n\u001b[31mred\u001b[39m`)
})

const ended = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  run(process.execPath, [main, ...args], place, env)
/** Of a name of a file, what the system allows. */
const hostileName = `a${textOf(all.filter((point) => point !== 0 && point !== 0x2f && (point < 0xd800 || point > 0xdfff)).slice(0, 60))}\u001b]0;x\u0007\u202e`

const recorded = () => {
  const run = record()
  run.operations.operation('build', () => undefined)
  run.end(0)
  return run
}
const withName = (text: string): string => {
  const { resource, spans } = recorded()
  const line = JSON.parse(encodeLine({ resource: resource(), spans })) as {
    resourceSpans: { scopeSpans: { spans: object[] }[] }[]
  }
  for (const span of line.resourceSpans[0]?.scopeSpans[0]?.spans ?? [])
    Object.assign(span, {
      name: text,
      attributes: ['cq.span.type', 'cq.operation.name', 'error.type', 'cq.fetch.status', text].map((key) => ({
        key,
        value: { stringValue: text },
      })),
    })
  return `${JSON.stringify(line)}\n`
}
const logOf = (text: string): string =>
  [
    { message: 'inspect resource', data: { attributes: [{ key: text, value: { stringValue: text } }] } },
    {
      message: 'inspect span',
      data: { traceId: text, spanId: text, name: text, startTimeUnixNano: '1', endTimeUnixNano: '2' },
    },
    {
      message: 'inspect analytics event',
      data: { event: text, properties: { operation: text, error_type: text, policy_name: [text] } },
    },
    { message: 'inspect removed', data: [{ what: text, reason: text, count: 1 }] },
  ]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('')

const put = (path: string, text: string): string => {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}
/** Delivery state whose last result is the text. */
const deliveryState = (text: string) =>
  put(
    files(place).deliveryState,
    JSON.stringify({ otlp: { notBefore: 9e15, failures: 3, last: text, at: 1 } }).replace(
      '9000000000000000',
      '8000000000000000',
    ),
  )

const scenes: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  'view of a log': async () => ['view', put(join(place.cwd, 'log'), logOf(hostile))],
  'view of a log as JSON': async () => ['view', '--json', put(join(place.cwd, 'log'), logOf(hostile))],
  'view of a collector’s file': async () => ['view', put(join(place.cwd, 'spans'), withName(hostile))],
  'view of a collector’s file as JSON': async () => [
    'view',
    '--json',
    put(join(place.cwd, 'spans'), withName(hostile)),
  ],
  'view of the spool': async () => {
    sawNotice(place)
    await runFixture('fetch.mjs', place, { RUDDER_URL: 'http://127.0.0.1:9', DELIVERY: 'manual' })
    for (const name of spooled(place)) put(join(spoolDirectory(place), name), withName(hostile))
    return ['view', '--spool']
  },
  'view of no file': async () => ['view', join(place.cwd, hostileName)],
  'view of a file with no span': async () => ['view', put(join(place.cwd, hostileName), 'x')],
  'a page in a file': async () => [
    'view',
    put(join(place.cwd, 'log'), logOf('x')),
    '--html',
    join(place.cwd, hostileName),
  ],
  'a page that cannot be written': async () => [
    'view',
    put(join(place.cwd, 'log'), logOf('x')),
    '--html',
    join(place.cwd, hostileName, 'x'),
  ],
  status: async () => (deliveryState(hostile), ['status']),
  'status as JSON': async () => (deliveryState(hostile), ['status', '--json']),
  'status of a directory': async () => ['--directory', hostileName, '--data-dir', hostileName, 'status'],
  doctor: async () => (deliveryState(hostile), ['doctor']),
  'doctor as JSON': async () => (deliveryState(hostile), ['doctor', '--json']),
  'doctor of a directory': async () => ['--directory', hostileName, '--data-dir', hostileName, 'doctor'],
  'status of a consent file': async () => (put(files(place).consent, hostile), ['status']),
  'doctor of a consent file': async () => (put(files(place).consent, hostile), ['doctor']),
  'an id': async () => (put(join(place.home, '.cq/telemetry-random-id'), hostile), ['id']),
  'an unknown command': async () => [hostileName],
  'an unknown option': async () => ['status', `--${hostileName}`],
  'a wrong tool': async () => ['--tool', hostileName, 'status'],
  'a wrong endpoint': async () => ['flush', '--otlp-endpoint', hostileName],
  'a key file that is not there': async () => ['flush', '--rudder-url', 'http://x', '--write-key-file', hostileName],
  'report of no file': async () => ['report', join(place.cwd, hostileName)],
  'report of a file of something else': async () => ['report', put(join(place.cwd, hostileName), hostile)],
  'report of a collector’s file': async () => ['report', put(join(place.cwd, 'spans.jsonl'), withName(hostile))],
  'report as JSON': async () => ['report', '--json', put(join(place.cwd, 'spans.jsonl'), withName(hostile))],
  'init of no project': async () => ['init', join(place.cwd, hostileName)],
  'init of a project': async () => {
    put(join(place.cwd, 'package.json'), JSON.stringify({ name: hostile, bin: { [hostile]: 'x' } }))
    return ['init', '--dry-run']
  },
  'exec of no program': async () => ['exec', '--operation', 'x', '--no-telemetry', '--', hostileName],
  'a linked directory': async () => ['--directory', hostileName, 'disable'],
}

test.each(Object.entries(scenes))('%s shows no control character', async (_, prepare) => {
  const { stdout, stderr } = await ended(await prepare())
  expect(stdout + stderr).not.toBe('')
  expect(hiddenIn(stdout + stderr)).toEqual([])
})

test.each(['view of a log', 'view of a collector’s file', 'status', 'doctor', 'view of no file'])(
  '%s shows no control character on a terminal, except our own colours',
  async (scene) => {
    const args = await scenes[scene]?.()
    const { stdout } = await onTerminal(shellWords(process.execPath, [main, ...(args ?? [])]), place)
    // eslint-disable-next-line no-control-regex
    const shown = stdout.replaceAll(/\u001b\[(?:[12]|22|3[1-69])m/g, '').replaceAll('\r\n', '\n')
    expect(shown).not.toBe('')
    expect(hiddenIn(shown)).toEqual([])
  },
)

test('JSON with every control character keeps its value', async () => {
  deliveryState(hostile.slice(0, 200))
  const { stdout } = await ended(['status', '--json'])
  const { delivery } = JSON.parse(stdout) as { delivery: { otlp: { last: string } } }
  expect(delivery.otlp.last).toBe(hostile.slice(0, 200))
})

describe('options of a host', () => {
  test('the notice shows no control character', () => {
    let shown = ''
    showNotice(
      {
        mode: 'anywhere',
        ci: true,
        terminal: true,
        files: undefined,
        docsUrl: `https://docs.example/${hostile}`,
        endpoints: [],
        now: () => new Date(),
        write: (text) => void (shown += text),
      },
      () => undefined,
    )
    expect(shown).toContain('https://docs.example/')
    expect(hiddenIn(shown)).toEqual([])
  })

  test('the end of an inspected run shows no control character', () => {
    let shown = ''
    const logFile = join(place.cwd, hostileName)
    const exporter = new InspectSpanExporter({ logFile, viewer: hostile, print: (text) => void (shown += text) })
    const { resource, spans } = recorded()
    exporter.write(resource(), spans)
    exporter.close()
    expect(readFileSync(logFile, 'utf8')).not.toBe('')
    expect(hiddenIn(shown)).toEqual([])
  })
})
