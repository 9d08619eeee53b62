import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ChildCommand } from '../launch/child-command.ts'
import type { Job } from '../launch/job.ts'
import { inputFor } from '../launch/process.ts'

/** Milliseconds that the child has to end by itself after its time is up. */
const graceMs = 1_000

/**
 * Runs the child with a job and waits until it ends, or kills it. It is a process of its own because a name resolution
 * in progress cannot be stopped, and the end of its process waits for it as long as the resolver does not answer.
 */
export const runChild = async (command: ChildCommand, job: Job): Promise<void> => {
  const { file, args, env } = command
  const child = spawn(file, args, {
    stdio: ['pipe', 'ignore', job.debug ? 'inherit' : 'ignore'],
    env,
    windowsHide: true,
  })
  const leftMs = Math.max(0, job.endsAfterMs - performance.now())
  const killed = setTimeout(() => child.kill('SIGKILL'), leftMs + graceMs)
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(inputFor(command, { ...job, endsAfterMs: leftMs }))
  try {
    await once(child, 'close')
  } finally {
    clearTimeout(killed)
  }
}
