import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TrackEvent } from '../deliver/rudder/event.ts'
import { runsIn, type ViewRun } from '../inspect/runs.ts'
import { textAt } from '../inspect/view-span.ts'
import type { Counted } from '../inspect/text.ts'
import { captureVariable } from '../machine/variables.ts'
import { withoutSwitches } from './guard.ts'

/** How `capture()` starts the program. */
export interface CaptureOptions {
  /** Working directory of the program. Default: that of this process. */
  readonly cwd?: string | undefined
  /** Added to the environment of this process, from which variables that control telemetry are removed. */
  readonly env?: NodeJS.ProcessEnv | undefined
  /** Text for the program's standard input, which is then closed. Default: none. */
  readonly input?: string | undefined
  /** Milliseconds after which the program is killed and `capture()` rejects. Default: 30,000. */
  readonly timeoutMs?: number | undefined
}

/** A span that would have been sent. */
export interface CapturedSpan {
  readonly name: string
  /** `run`, `operation`, `provider`, `resource`, `policy` or `crash`. */
  readonly type: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly failed: boolean
  readonly durationMs: number
}

/** How a program ended, and what it would have sent. */
export interface Captured {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** In the order in which they ended. Empty if telemetry was off. */
  readonly spans: readonly CapturedSpan[]
  /** Track calls for RudderStack. */
  readonly events: readonly TrackEvent[]
  /** Attributes of the run, the same for each span. */
  readonly resource: Readonly<Record<string, unknown>>
  /** What the sanitizer removed, and why. */
  readonly removed: readonly Counted[]
  /** The bodies of all requests, concatenated. */
  readonly wire: string
}

const spanOf = (span: ViewRun['spans'][number]): CapturedSpan => ({
  name: span.name,
  type: textAt(span, 'cq.span.type'),
  attributes: span.attributes,
  failed: span.failed,
  durationMs: span.endMs - span.startMs,
})

const textOf = async (stream: NodeJS.ReadableStream): Promise<string> => {
  let text = ''
  for await (const chunk of stream.setEncoding('utf8')) text += chunk
  return text
}

/** The end of a program, and what it printed. */
export type ProgramEnd = Pick<Captured, 'code' | 'signal' | 'stdout' | 'stderr'>
type RunOptions = Pick<CaptureOptions, 'cwd' | 'input' | 'timeoutMs'>

const start = (command: string, args: readonly string[], env: NodeJS.ProcessEnv, options: RunOptions) => {
  const child = spawn(command, args, { cwd: options.cwd, env, windowsHide: true })
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 30_000)
  // If a program does not read its input, the write fails. That is no error.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  return { child, timer }
}

/** Runs a program to its end. Rejects if it cannot be started or does not end in time. */
export const runToEnd = async (
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  options: RunOptions,
): Promise<ProgramEnd> => {
  const { child, timer } = start(command, args, env, options)
  const began = Date.now()
  try {
    const [[code, signal], stdout, stderr] = await Promise.all([
      once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
      textOf(child.stdout),
      textOf(child.stderr),
    ])
    if (signal === 'SIGKILL' && Date.now() - began >= (options.timeoutMs ?? 30_000))
      throw new Error(`${command} did not end in time (option "timeoutMs")`)
    return { code, signal, stdout, stderr }
  } finally {
    clearTimeout(timer)
  }
}

const readCaptured = (log: string): Pick<Captured, 'spans' | 'events' | 'resource' | 'removed' | 'wire'> => {
  const runs = existsSync(log) ? runsIn(readFileSync(log, 'utf8')) : []
  return {
    spans: runs.flatMap(({ spans }) => spans.map(spanOf)),
    events: runs.flatMap(({ events }) => events),
    resource: Object.assign({}, ...runs.map(({ resource }) => resource)) as Captured['resource'],
    removed: runs.flatMap(({ removed }) => removed),
    wire: runs.flatMap(({ requests }) => requests.map(({ body }) => body)).join('\n'),
  }
}

/**
 * Runs a program in a temporary home directory and returns what it would have sent. Nothing is sent. Instrumented
 * programs that it starts are captured too. Rejects if the program cannot be started or does not end in time.
 */
export const capture = async (
  command: string,
  args: readonly string[] = [],
  options: CaptureOptions = {},
): Promise<Captured> => {
  const home = mkdtempSync(join(tmpdir(), 'cq-capture-'))
  const log = join(home, 'captured.log')
  const env = { ...withoutSwitches(process.env), HOME: home, USERPROFILE: home, ...options.env, [captureVariable]: log }
  try {
    const result = await runToEnd(command, args, env, options)
    return { command, args, cwd: options.cwd ?? process.cwd(), ...result, ...readCaptured(log) }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
