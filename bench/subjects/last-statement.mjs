// The host's last own statement: what comes after it is the telemetry's. The clock is the same for all processes. What is
// passed is what the subject has imported, so that no bundler leaves it out.
import { writeSync } from 'node:fs'

export const lastStatement = (...used) => {
  writeSync(3, `${process.hrtime.bigint()}\n`)
  globalThis.used = used
}
