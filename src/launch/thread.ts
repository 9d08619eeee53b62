import type { Debug } from '../machine/debug.ts'
import { workerThreads } from '../machine/node.ts'
import { heapMb } from './child-command.ts'
import type { Work } from './job.ts'
import { graceMs } from './process.ts'
import { withJob } from './with-job.ts'

/** Tells the thread of the command that the child is at its end. */
const end = `end:()=>{const {workerData}=process.getBuiltinModule('node:worker_threads');Atomics.store(workerData,0,1);Atomics.notify(workerData,0)}`

export interface ThreadPlan {
  readonly program: string
  readonly env: NodeJS.ProcessEnv
}

/**
 * Runs the child in a thread of this process, for a runtime that can only be started as the host. Waits until it is at
 * its end, for `limitMs` at most. The thread gets nothing of the host but its own program.
 */
export const runInThread = ({ program, env }: ThreadPlan, work: Work, limitMs: number, debug: Debug): void => {
  const ended = new Int32Array(new SharedArrayBuffer(4))
  const job = { ...work, debug: false, deadline: Date.now() + limitMs - graceMs }
  const { Worker } = workerThreads()
  const worker = new Worker(withJob(program, job, end), {
    eval: true,
    env,
    execArgv: [],
    workerData: ended,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  })
  worker.on('error', () => undefined)
  worker.unref()
  Atomics.wait(ended, 0, 0, limitMs)
  if (Atomics.load(ended, 0) !== 1) debug('the child in a thread was not at its end in time')
  worker.terminate().catch(() => undefined)
}
