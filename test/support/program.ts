import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { patienceVariable } from '../../src/machine/variables.ts'

/** A home and a working directory of a test's own, and how to remove them. */
export interface Place {
  readonly home: string
  readonly cwd: string
  remove(): void
}

/** Again while a child in the background writes into it: the retries of rmSync do not list a directory anew. */
const removeDirectory = (directory: string, tries = 100): void => {
  try {
    rmSync(directory, { recursive: true, force: true })
  } catch (error) {
    if (tries === 0) throw error
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    removeDirectory(directory, tries - 1)
  }
}

export const newPlace = (): Place => {
  const home = mkdtempSync(join(tmpdir(), 'cq-home-'))
  const cwd = mkdtempSync(join(tmpdir(), 'cq-cwd-'))
  return {
    home,
    cwd,
    remove: () => {
      for (const directory of [home, cwd]) removeDirectory(directory)
    },
  }
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly pid: number
  kill(signal: NodeJS.Signals): void
  /** Writes to its standard input, if that is a pipe. */
  type(text: string): void
  /** Resolves when standard output or error holds the text. */
  says(text: string): Promise<void>
  /** Resolves with the match once standard output or error has one. */
  matches(pattern: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<Ended>
}

/**
 * Nothing of this process's surroundings that switches telemetry on or off gets into a test's program. It waits as long as
 * it may, 20 seconds for an awaited child: a test that is about this bound, or whose network never answers, sets it back.
 */
const cleanEnvironment = (place: Place, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: place.home,
  TMPDIR: tmpdir(),
  [patienceVariable]: '40',
  ...env,
})

/** Bounds of time as users have them. */
export const impatient: NodeJS.ProcessEnv = { [patienceVariable]: '' }

/** Starts a real process in the place, with a clean environment and no terminal. */
export const start = (
  command: string,
  args: readonly string[],
  place: Place,
  env: NodeJS.ProcessEnv = {},
  stdin: 'ignore' | 'pipe' = 'ignore',
): Running => {
  const child = spawn(command, args, {
    cwd: place.cwd,
    env: cleanEnvironment(place, env),
    stdio: [stdin, 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  const matches = async (pattern: RegExp): Promise<RegExpExecArray> => {
    const over = ended.then(() => true)
    for (;;) {
      const match = pattern.exec(stdout + stderr)
      if (match) return match
      const stopped = await Promise.race([over, new Promise<false>((resolve) => setTimeout(() => resolve(false), 20))])
      if (stopped && !pattern.test(stdout + stderr))
        throw new Error(`ended without saying ${String(pattern)}: ${stdout}${stderr}`)
    }
  }
  const says = async (text: string): Promise<void> => {
    await matches(new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
  }
  return {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    type: (text) => void child.stdin?.write(text),
    says,
    matches,
    ended,
  }
}

/** Runs a real process to its end. */
export const run = (
  command: string,
  args: readonly string[],
  place: Place,
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> => start(command, args, place, env).ended

const fixtures = new URL('../fixtures/', import.meta.url).pathname

/** Runs a program of `test/fixtures`. */
export const runFixture = (
  name: string,
  place: Place,
  env: NodeJS.ProcessEnv = {},
  args: readonly string[] = [],
): Promise<Ended> => run(process.execPath, [join(fixtures, name), ...args], place, env)

export interface LogLine {
  readonly message: string
  readonly event?: string
  readonly span?: string
  readonly data: Record<string, unknown>
}

/** The lines of the inspect log, oldest first. */
export const inspectLog = (place: Place, name = 'cloudquery.log'): LogLine[] =>
  readFileSync(join(place.cwd, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine)
