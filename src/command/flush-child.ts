import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ChildCommand } from '../launch/child-command.ts'
import type { Job } from '../launch/job.ts'

/** Milliseconds after its time is over in which the child must have ended by itself. */
const graceMs = 1_000

/**
 * Runs the child with a job and waits for its end, or kills it. It is a process of its own because a name resolution
 * under way cannot be broken off, and holds the end of its process for as long as a resolver is silent.
 */
export const runChild = async ({ file, args, env }: ChildCommand, job: Job): Promise<void> => {
  const child = spawn(file, args, {
    stdio: ['pipe', 'ignore', job.debug ? 'inherit' : 'ignore'],
    env,
    windowsHide: true,
  })
  const leftMs = Math.max(0, job.endsAfterMs - performance.now())
  const killed = setTimeout(() => child.kill('SIGKILL'), leftMs + graceMs)
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(JSON.stringify({ ...job, endsAfterMs: leftMs } satisfies Job))
  try {
    await once(child, 'close')
  } finally {
    clearTimeout(killed)
  }
}
