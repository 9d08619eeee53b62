import { join, parse } from 'node:path'
import { randomHex } from '../machine/ids.ts'
import type { Job } from './job.ts'
import type { Debug } from '../machine/debug.ts'
import { openExchange, removeFile } from '../machine/files.ts'
import type { ChildCommand } from './child-command.ts'
import { childProcess, fs, os } from '../machine/node.ts'
import { patient } from '../machine/patience.ts'

const { closeSync, writeSync } = fs

/** Milliseconds that the command waits for an awaited child at most. */
const awaitMs = 500
/** The child ends by itself before it is killed, and so has time to settle what was delivered. */
const graceMs = 50
/** Milliseconds that a detached child sends at most. */
const detachedMs = 45_000

type Work = Omit<Job, 'deadline'>

/** A directory that keeps no disk from being unmounted. */
const rootDirectory = (): string => parse(os().homedir()).root

const giveWay = (pid: number): void => {
  try {
    const { constants, setPriority } = os()
    setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch {
    // It has ended already, or this system does not let us; then it runs as any other.
  }
}

/**
 * Starts the child in the background: its own process group, none of our descriptors, no window. The job, which holds
 * keys, is a file that has no name any more when the child reads it as its standard input; arguments and environment can
 * be read by every process of the machine. Throws where the file cannot be written or no process started.
 */
export const startDetached = ({ file, args, env }: ChildCommand, work: Work, directory: string): void => {
  const path = join(directory, `job-${randomHex(12)}`)
  const descriptor = openExchange(path)
  try {
    const job = Buffer.from(JSON.stringify({ ...work, deadline: Date.now() + detachedMs } satisfies Job))
    // At a position, so that the child, which shares the descriptor's own, reads from the beginning.
    for (let at = 0; at < job.length;) at += writeSync(descriptor, job, at, job.length - at, at)
    removeFile(path)
    const child = childProcess().spawn(file, args, {
      detached: true,
      stdio: [descriptor, 'ignore', 'ignore'],
      cwd: rootDirectory(),
      env,
      windowsHide: true,
    })
    child.on('error', () => undefined)
    child.unref()
    if (child.pid !== undefined) giveWay(child.pid)
  } finally {
    closeSync(descriptor)
    removeFile(path)
  }
}

/** Runs the same child and waits for it, at most `awaitMs`. */
export const runAwaited = ({ file, args, env }: ChildCommand, work: Work, debug: Debug): void => {
  const { error } = childProcess().spawnSync(file, args, {
    input: JSON.stringify({ ...work, deadline: Date.now() + patient(awaitMs - graceMs) } satisfies Job),
    stdio: ['pipe', 'ignore', work.debug ? 'inherit' : 'ignore'],
    cwd: rootDirectory(),
    env,
    timeout: patient(awaitMs),
    killSignal: 'SIGKILL',
    windowsHide: true,
  })
  if (error) debug('the child did not end in time: what it has not sent stays spooled')
}
