import { randomHex } from '../machine/ids.ts'
import { type Job, withJob, type Work } from './job.ts'
import type { Debug } from '../machine/debug.ts'
import { codeOf } from '../machine/error-code.ts'
import { openNewReadable, removeFile } from '../machine/write-file.ts'
import type { ChildCommand } from './child-command.ts'
import { childProcess, fs, join, os, parse } from '../machine/node.ts'

const { closeSync, openSync, readdirSync, readFileSync, writeSync } = fs

/**
 * The child's own deadline is earlier by these milliseconds, so that it ends by itself (`settleMs` in
 * `deliver/main.ts`).
 */
export const graceMs = 50
/** Milliseconds that a detached child has to send. */
const detachedMs = 45_000

/** The child's working directory. It keeps no other disk from being unmounted. */
const rootDirectory = (): string => parse(process.execPath).root

/** What the child reads: its job, and the program after it if the program is not started as a file. */
export const inputFor = ({ program }: ChildCommand, job: Job): string =>
  program === undefined ? JSON.stringify(job) : withJob(program, JSON.stringify(job))

export const lowerPriority = (pid: number): void => {
  try {
    const { constants, setPriority } = os()
    setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch {
    // The process has already ended, or the system does not allow the change. It keeps its normal priority.
  }
}

/** Whether the descriptor is closed when another program is started. Linux lists a descriptor's flags in octal. */
const closedOnExec = (descriptor: number): boolean => {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? '0'
    return (Number.parseInt(flags, 8) & 0o2000000) !== 0
  } catch {
    return false
  }
}

/**
 * Descriptors above 2 that this process has inherited and that a child would inherit too: a lock that a shell holds, or
 * a pipe whose reader waits for its end. Node keeps only the first 16 from its children. Empty if the system does not
 * list them, and in Deno, which starts no process with more than three descriptors.
 */
const inheritedDescriptors = (): number[] => {
  if (process.versions['deno'] !== undefined) return []
  try {
    const names = readdirSync(process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd')
    return names.map(Number).filter((descriptor) => descriptor > 2 && !closedOnExec(descriptor))
  } catch {
    return []
  }
}

/**
 * The child's descriptors: the given ones, and `nothing`, a device that blocks nothing, in place of each inherited one.
 */
const withoutInherited = (given: readonly (number | 'ignore')[], nothing: number): (number | 'ignore')[] => {
  const inherited = new Set(inheritedDescriptors())
  const length = Math.max(given.length, ...[...inherited].map((descriptor) => descriptor + 1))
  return Array.from({ length }, (_, at) => given[at] ?? (inherited.has(at) ? nothing : 'ignore'))
}

/**
 * Writes the job to a file and removes its name, since the job holds keys, and every process of the machine can read
 * arguments and the environment. Returns the descriptor. Throws if the file cannot be written.
 */
const openJob = (directory: string, input: string): number => {
  const path = join(directory, `job-${randomHex(12)}`)
  const descriptor = openNewReadable(path)
  try {
    removeFile(path)
    const bytes = Buffer.from(input)
    // Explicit positions leave the shared position of the descriptor at the start, where the child begins to read.
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at, bytes.length - at, at)
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/**
 * Writes the job to the temporary directory, which is rarely on a slow network disk as a home may be. If that fails, to
 * our own directory.
 */
const openJobSomewhere = (directory: string, input: string): number => {
  try {
    return openJob(os().tmpdir(), input)
  } catch {
    return openJob(directory, input)
  }
}

/**
 * Starts the child in the background: in its own process group, without our descriptors, without a window. It reads its
 * job from standard input. Returns its process id. Throws if the job cannot be written or the process cannot be
 * started.
 */
export const startDetached = (command: ChildCommand, work: Work, directory: string): number | undefined => {
  const { file, args, env } = command
  const descriptor = openJobSomewhere(directory, inputFor(command, { ...work, endsAfterMs: detachedMs }))
  let nothing: number | undefined
  try {
    nothing = openSync(os().devNull, 'r')
    const child = childProcess().spawn(file, args, {
      detached: true,
      stdio: withoutInherited([descriptor, 'ignore', 'ignore'], nothing),
      cwd: rootDirectory(),
      env,
      windowsHide: true,
    })
    child.on('error', () => undefined)
    child.unref()
    return child.pid
  } finally {
    if (nothing !== undefined) closeSync(nothing)
    closeSync(descriptor)
  }
}

/** Whether a child that took `tookMs` ended by itself: its requests end at nine tenths of its time. */
export const isEnough = (tookMs: number, limitMs: number): boolean => tookMs < limitMs * 0.8

/** Runs the child and waits until it has ended, or kills it after `limitMs`. Returns whether the time was enough. */
export const runAwaited = (command: ChildCommand, work: Work, limitMs: number, debug: Debug): boolean => {
  const { file, args, env } = command
  const began = performance.now()
  const endsAfterMs = limitMs - graceMs
  const { error } = childProcess().spawnSync(file, args, {
    input: inputFor(command, { ...work, endsAfterMs }),
    stdio: ['pipe', 'ignore', work.debug ? 'inherit' : 'ignore'],
    cwd: rootDirectory(),
    env,
    timeout: limitMs,
    killSignal: 'SIGKILL',
    windowsHide: true,
  })
  if (error) debug(`the child did not end by itself (${codeOf(error)})`)
  return isEnough(performance.now() - began, limitMs)
}
