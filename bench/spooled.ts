import { cpSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compiledOf } from '../src/policy/consent-file.ts'
import { directory, type Home, newHome, run } from './processes.ts'

/** What a run leaves in its spool, and what a child is told to do with it. */

/** Ten minutes: the suites see to it themselves that nothing hangs. */
const patienceMs = 600_000

export interface Urls {
  readonly otlp?: string
  readonly rudder?: string
}

export const jobFor = (home: Home, { otlp, rudder }: Urls): string =>
  JSON.stringify({
    spool: home.spool,
    consent: home.consent,
    ...(otlp !== undefined && { otlp: { url: `${otlp}/v1/traces`, headers: {} } }),
    ...(rudder !== undefined && { rudder: { writeKey: 'key', dataPlaneUrl: rudder } }),
    deadline: Date.now() + patienceMs,
    debug: false,
  })

/** Records a run of so many operations, one after the other, for both destinations. */
export const spoolRun = async (home: Home, operations: number): Promise<void> => {
  mkdirSync(home.spool, { recursive: true })
  await run({
    args: [join(directory, 'subjects/many-operations.mjs')],
    home,
    env: { OPERATIONS: String(operations) },
  })
}

/** What V8 has compiled in a run that was like those which are measured: where a command has run before, it is there. */
export const compiledBefore = async (): Promise<string> => {
  const home = newHome()
  await spoolRun(home, 1)
  const compiled = mkdtempSync(join(tmpdir(), 'cq-bench-compiled-'))
  cpSync(compiledOf(home.consent), compiled, { recursive: true })
  home.remove()
  return compiled
}
