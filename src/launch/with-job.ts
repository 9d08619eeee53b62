import type { Job } from './job.ts'

/**
 * The child's program with its job in front of it (`deliver/main.ts`), as one text to run. The job is a text in it, which no
 * key of it can escape.
 */
export const withJob = (program: string, job: Job, more = ''): string =>
  `const CQ_TELEMETRY={job:${JSON.stringify(JSON.stringify(job))},${more}};\n${program}`
