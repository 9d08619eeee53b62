import { type RunOptions, runCollector } from '../collector/run.ts'
import { say } from './setting.ts'

export type CollectorCommandOptions = RunOptions

/** Runs the collector until it ends, and ends with its exit code. */
export const collector = async (pipeline: string | undefined, options: RunOptions): Promise<void> => {
  const code = await runCollector(pipeline, options, (line) => say(`cq-telemetry collector: ${line}`))
  if (code !== 0) process.exit(code)
}
