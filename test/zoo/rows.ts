import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { trackEvents } from '../../src/deliver/rudder/mapping.ts'
import { type Ended, newPlace, type Place, start } from '../support/program.ts'
import { startReceiver, tracksOf } from '../support/receiver.ts'
import { batchesIn, deliverRest, sawNotice } from '../support/spool.ts'
import { type Commands, prepare, type Tool } from './program.ts'
import { compared, seen } from './seen.ts'

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

/** A row whose process group gets SIGINT, as of Ctrl-C, once it has said the text, after which it says no more. */
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

/** Of a tool that ends itself by the signal of this exit code, as a shell has it. */
export const cancelled = (code: number): string[] => [`run false cancelled AbortError ${code}`]

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

/** After which a run that hangs is killed; less than the time of a test. */
const patienceMs = 100_000

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
  const tooLong = setTimeout(() => process.kill(-running.pid, 'SIGKILL'), patienceMs)
  try {
    if (says !== undefined) {
      await running.says(says)
      process.kill(-running.pid, 'SIGINT')
    }
    return await running.ended
  } finally {
    clearTimeout(tooLong)
  }
}

/** A place whose working directory has the files of the tool. */
const placeFor = (files: string): Place => {
  const place = newPlace()
  cpSync(files, place.cwd, { recursive: true })
  sawNotice(place)
  return place
}

const expectTruth = async (
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
    const [bare, own] = await Promise.all([
      runLine(line, commands.bare, bareAt, says, tool.env),
      runLine(line, commands.instrumented, ownAt, says, tool.env),
    ])
    const [ownSeen, bareSeen] = compared(line, seen(own, ownAt, tool), seen(bare, bareAt, tool), tool)
    expect(ownSeen).toEqual(bareSeen)
    expect(bareSeen.end).toBe(end)
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
  describe.concurrent.each([tool.name])('%s', () => {
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
      await expectTruth(tool, commands, files, line, undefined, end, events)
    })
    test.each(interrupted.map(([line, ...rest]) => ({ line, rest })))(
      '$line, ended by Ctrl-C',
      async ({ line, rest: [says, end, ...events] }) => {
        await expectTruth(tool, commands, files, line, says, end, events)
      },
    )
  })
}
