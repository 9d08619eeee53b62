import { Worker } from 'node:worker_threads'
import type { ThreadOptions } from '../launch/job.ts'
import { withJob } from '../launch/job.ts'

/** Tells the thread of the host that this thread has finished. */
const end =
  "end:()=>{const {workerData}=process.getBuiltinModule('node:worker_threads');Atomics.store(workerData,0,1);Atomics.notify(workerData,0)}"

/**
 * Runs this program in a thread of the host's process, and waits until it has finished, for `limitMs` at most. The
 * thread gets nothing from the host. It ends with the process, so nothing in it may keep the process alive
 * (`lookup.ts`).
 */
export const runInThread = (job: string, { program, env, limitMs, heapMb }: ThreadOptions): void => {
  const ended = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(withJob(program, job, end), {
    eval: true,
    env: { ...env },
    execArgv: [],
    workerData: ended,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  })
  worker.on('error', () => undefined)
  worker.unref()
  Atomics.wait(ended, 0, 0, limitMs)
  worker.terminate().catch(() => undefined)
}
