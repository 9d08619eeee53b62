import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { directory, type Home, run } from './processes.ts'

/** What a run leaves in its spool, and what a child is told to do with it. */

/** Ten minutes: the suites see to it themselves that nothing hangs. */
const patienceMs = 600_000

export interface Urls {
  readonly otlp?: string
  readonly rudder?: string
}

export const jobFor = (home: Home, { otlp, rudder }: Urls): string =>
  JSON.stringify({
    directory: home.files.directory,
    ...(otlp !== undefined && { otlp: { url: `${otlp}/v1/traces`, headers: {} } }),
    ...(rudder !== undefined && { rudder: { writeKey: 'key', dataPlaneUrl: rudder } }),
    endsAfterMs: patienceMs,
    debug: false,
  })

/** Records a run of so many operations, one after the other, for both destinations. */
export const spoolRun = async (home: Home, operations: number): Promise<void> => {
  mkdirSync(home.files.spool, { recursive: true })
  await run({
    args: [join(directory, 'subjects/many-operations.mjs')],
    home,
    env: { OPERATIONS: String(operations) },
  })
}
