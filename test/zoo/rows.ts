import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { trackEvents } from '../../src/deliver/rudder/mapping.ts'
import { telemetryFlags } from '../../src/index.ts'
import { type Ended, newPlace, type Place, start } from '../support/program.ts'
import { startReceiver, tracksOf } from '../support/receiver.ts'
import { batchesIn, deliverRest, sawNotice } from '../support/spool.ts'
import { type Commands, prepare, type Tool } from './program.ts'

/** Runs a tool as it is and instrumented, and compares what the user sees, and what is recorded with the truth. */

/**
 * A command line for a shell; how it ends, an exit code or the signal; and what is true of it, an event each:
 *
 *     operation <name> <success> [<error class> <error type>]
 *     run <success> [<error class> <error type>] <exit code>
 *
 * Nothing for what is not recorded: help, version, completion.
 */
export type Row = readonly [line: string, end: number | NodeJS.Signals, ...events: string[]]

/** A row whose process group gets SIGINT, as of Ctrl-C, once it has said the text. */
export type InterruptedRow = readonly [
  line: string,
  says: string,
  end: number | NodeJS.Signals,
  ...events: readonly string[],
]

/** Of one command that succeeds. */
export const succeeded = (operation: string): string[] => [`operation ${operation} true`, 'run true 0']

/** Of one command that fails by its exit code, or of an error of this class and type. */
export const failed = (operation: string, code = 1, error = '_OTHER'): string[] => [
  `operation ${operation} false ${error}`,
  `run false ${error} ${code}`,
]

/** Of one command that fails of an error that is a fault of the tool, of which there is a crash report. */
export const threw = (operation: string, error = 'internal Error', code = 1): string[] => [
  `crash ${operation} false ${error}`,
  ...failed(operation, code, error),
]

/** Of a tool that was called wrongly. */
export const misused = (kind: string, code = 1): string[] => [`run false user ${kind} ${code}`]

/** Of a tool whose work is no command of its framework's: the run alone. */
export const ran = (code = 0): string[] => [code === 0 ? 'run true 0' : `run false _OTHER ${code}`]

interface Event {
  readonly event: string
  readonly properties: Readonly<Record<string, unknown>>
}

const textOf = ({ event, properties }: Event): string => {
  const { operation, success, aborted, error_class, error_type, exit_code } = properties
  return [event, operation, aborted === true ? 'aborted' : success, error_class, error_type, exit_code]
    .filter((part) => part !== undefined)
    .map(String)
    .join(' ')
}

/** What the spool of the place has. What a signal has cut off is there once the rest is delivered. */
const recordedIn = async (place: Place, wasCutOff: boolean): Promise<string[]> => {
  if (!wasCutOff)
    return batchesIn(place).flatMap(({ resource, spans }) =>
      spans.flatMap((span) => trackEvents(span, resource)).map(textOf),
    )
  const receiver = await startReceiver()
  try {
    await deliverRest(place, receiver.url)
    return tracksOf(receiver.requests).map(textOf)
  } finally {
    await receiver.close()
  }
}

const runLine = async (
  line: string,
  bin: string,
  place: Place,
  says: string | undefined,
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> => {
  const path = [bin, dirname(process.execPath), process.env['PATH']].join(delimiter)
  // A process group of its own, that gets what Ctrl-C sends.
  const running = start('setsid', ['bash', '-o', 'pipefail', '-c', line], place, { PATH: path, ...env })
  if (says !== undefined) {
    await running.says(says)
    process.kill(-running.pid, 'SIGINT')
  }
  return running.ended
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** The lines that the adapters add to a help, its white space aside: an entry that is wider widens its column. */
const added = new RegExp(
  [
    ...telemetryFlags().map(({ flags, description }) => `(?:-, )?${flags} ${escaped(description)}(?: \\[boolean\\])?`),
    '\\S+ telemetry (?:\\[args\\.*\\] )?see and choose what this tool sends: [a-z, ]*doctor',
    // The flags of a command that had none, and words of completion.
    '\\[options\\]',
    '--(?:no|inspect|debug)-telemetry',
    'telemetry(?= |$)',
  ]
    .map((part) => ` ${part}`)
    .join('|'),
  'g',
)

const comparable = ({ code, signal, stdout, stderr }: Ended, place: Place, { normalise = String }: Tool) => {
  const plain = (text: string): string =>
    normalise(
      text
        .replaceAll(place.cwd, '<cwd>')
        .replaceAll(place.home, '<home>')
        .replaceAll('/.instrumented/node_modules/', '/')
        .replaceAll(/\.bin-\w{6}/g, '.bin'),
    )
  return { end: signal ?? code, stdout: plain(stdout), stderr: plain(stderr) }
}

type Seen = ReturnType<typeof comparable>

/** Frames of this package, and of what it has Node.js do. */
const ownFrame = new RegExp(`${escaped(new URL('../../dist/', import.meta.url).pathname)}|node:(?:internal/)?async_hooks`)

/** Cuts each stack of both at the first frame of this package: a stack has ten frames, so others are missing then. */
const cutStacks = (own: string, bare: string): readonly [string, string] => {
  const [owns, bares] = [own, bare].map((text) => text.split(/((?:^ +at .*\n?)+)/m)) as [string[], string[]]
  owns.forEach((part, index) => {
    const frames = part.split('\n')
    const first = index % 2 === 0 ? -1 : frames.findIndex((frame) => ownFrame.test(frame))
    if (first === -1) return
    owns[index] = frames.slice(0, first).join('\n')
    bares[index] = (bares[index] ?? '').split('\n').slice(0, first).join('\n')
  })
  return [owns.join(''), bares.join('')]
}

const withCutStacks = (own: Seen, bare: Seen): readonly [Seen, Seen] => {
  const [stdout, stderr] = [cutStacks(own.stdout, bare.stdout), cutStacks(own.stderr, bare.stderr)]
  return [
    { ...own, stdout: stdout[0], stderr: stderr[0] },
    { ...bare, stdout: stdout[1], stderr: stderr[1] },
  ]
}

const withoutFlags = ({ end, ...texts }: Seen): Seen => {
  const words = (text: string): string => ` ${stripVTControlCharacters(text)}`.replaceAll(/\s+/g, ' ').replaceAll(added, '')
  return { end, stdout: words(texts.stdout), stderr: words(texts.stderr) }
}

const isHelp = (line: string, { stdout, stderr }: Seen): boolean =>
  line.includes('--get-yargs-completions') || `${stdout}${stderr}`.includes('--inspect-telemetry')

/** A place whose working directory has the files of the tool. */
const placeFor = (files: string): Place => {
  const place = newPlace()
  cpSync(files, place.cwd, { recursive: true })
  sawNotice(place)
  return place
}

const check = async (
  tool: Tool,
  commands: Commands,
  files: string,
  line: string,
  says: string | undefined,
  end: number | NodeJS.Signals,
  events: readonly string[],
): Promise<void> => {
  const [bareAt, ownAt] = [placeFor(files), placeFor(files)]
  try {
    const ends = (await Promise.all([
      runLine(line, commands.bare, bareAt, says, tool.env).then((ended) => comparable(ended, bareAt, tool)),
      runLine(line, commands.instrumented, ownAt, says, tool.env).then((ended) => comparable(ended, ownAt, tool)),
    ])) as [Seen, Seen]
    const [own, bare] = withCutStacks(ends[1], ends[0])
    if (process.env['ZOO_SHOW']) {
      const [x, y] = (isHelp(line, own) ? [withoutFlags(bare), withoutFlags(own)] : [bare, own]).map((each) => JSON.stringify(each)) as [string, string]
      const at = [...x].findIndex((letter, index) => letter !== y[index])
      const got = (await recordedIn(ownAt, says !== undefined)).sort()
      const right = JSON.stringify(got) === JSON.stringify([...events].sort()) && bare.end === end
      console.log(`@@ ${right && x === y ? 'fine' : 'BAD'} ${line}\n   ${bare.end} ${right ? '' : 'WRONG '}${JSON.stringify(got)}\n   out ${JSON.stringify(bare.stdout.slice(0, 150))} err ${JSON.stringify(bare.stderr.slice(0, 200))}${x === y ? '' : `\n   DIFF bare ${x.slice(Math.max(0, at - 40), at + 200)}\n   DIFF  own ${y.slice(Math.max(0, at - 40), at + 300)}`}`)
      return
    }
    if (isHelp(line, own)) expect(withoutFlags(own)).toEqual(withoutFlags(bare))
    else expect(own).toEqual(bare)
    expect(bare.end).toBe(end)
    expect((await recordedIn(ownAt, says !== undefined)).sort()).toEqual([...events].sort())
  } finally {
    for (const place of [bareAt, ownAt]) place.remove()
  }
}

const filesOf = ({ files = {} }: Tool): string => {
  const directory = mkdtempSync(join(tmpdir(), 'cq-zoo-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  return directory
}

/** The tests of a tool, one for each row. */
export const describeTool = (tool: Tool, rows: readonly Row[], interrupted: readonly InterruptedRow[] = []): void => {
  describe.concurrent(tool.name, () => {
    let commands: Commands
    let files: string
    beforeAll(() => {
      commands = prepare(tool)
      files = filesOf(tool)
    })
    afterAll(() => {
      commands.remove()
      rmSync(files, { recursive: true, force: true })
    })
    test.each(rows.map(([line, ...rest]) => ({ line, rest })))('$line', async ({ line, rest: [end, ...events] }) => {
      await check(tool, commands, files, line, undefined, end, events)
    })
    test.each(interrupted.map(([line, ...rest]) => ({ line, rest })))(
      '$line, ended by Ctrl-C',
      async ({ line, rest: [says, end, ...events] }) => {
        await check(tool, commands, files, line, says, end, events)
      },
    )
  })
}
