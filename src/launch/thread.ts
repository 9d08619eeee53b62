import { vm } from '../machine/node.ts'
import { heapMb } from './child-command.ts'
import type { Given, Job, Work } from './job.ts'
import { graceMs, isEnough } from './process.ts'

export interface ThreadPlan {
  readonly program: string
  readonly env: NodeJS.ProcessEnv
}

/**
 * Runs the child in a thread of this process, for a runtime that can start no process but the host's own. Waits until
 * it has finished, for `limitMs` at most. Returns whether the time was enough. The child's own program starts the
 * thread, so no code of the command runs in it.
 */
export const runInThread = ({ program, env }: ThreadPlan, work: Work, limitMs: number): boolean => {
  const began = performance.now()
  const job = JSON.stringify({ ...work, debug: false, endsAfterMs: limitMs - graceMs } satisfies Job)
  const given: Given = { job, thread: { program, env, limitMs, heapMb } }
  vm().compileFunction(program, ['CQ_TELEMETRY'])(given)
  return isEnough(performance.now() - began, limitMs)
}
