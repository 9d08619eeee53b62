import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FoundFile } from './telemetry-files.ts'

/**
 * What the preload of `assertNonInterference()` reads and writes: the settings of a run, and the records of its
 * processes.
 */

export interface Settings {
  /** Unix time in milliseconds that the clock shows. */
  readonly now: number
  readonly home: string
  /** The port on loopback to which the delivery child sends. */
  readonly port: number
}

/** The start of the delivery child, with the command's arguments for it. */
export interface ChildStart {
  readonly kind: 'child'
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Its standard input. */
  readonly input: string
  /** The telemetry files in the home at that moment. */
  readonly files: readonly FoundFile[]
}

export type RecordLine =
  | ChildStart
  /** The delivery child has started. */
  | { readonly kind: 'pid'; readonly pid: number }
  /** Bytes that were written to standard error by `fs.writeSync`. */
  | { readonly kind: 'stderr'; readonly of: 'command' | 'child'; readonly text: string }

export const settingsFile = (directory: string): string => join(directory, 'settings.json')
export const recordsDirectory = (directory: string): string => join(directory, 'records')

export const readSettings = (directory: string): Settings =>
  JSON.parse(readFileSync(settingsFile(directory), 'utf8')) as Settings

/**
 * Returns the number of this process, and its file of records. Processes are numbered from 1 in the order of their
 * start.
 */
export const beginRecords = (directory: string, number = 1): { readonly number: number; readonly path: string } => {
  const path = join(recordsDirectory(directory), String(number))
  try {
    closeSync(openSync(path, 'wx'))
    return { number, path }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return beginRecords(directory, number + 1)
  }
}

export const recordTo =
  (path: string) =>
  (line: RecordLine): void =>
    appendFileSync(path, `${JSON.stringify(line)}\n`)
