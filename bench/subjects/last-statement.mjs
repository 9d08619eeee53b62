// The host's last own statement: what comes after it is the telemetry's. Writes the clock, which is the same for all processes, and
// the processor time of this process so far, in milliseconds. What is passed is what the subject has imported, so that no bundler
// leaves it out.
import { writeSync } from 'node:fs'

export const lastStatement = (...used) => {
  const { user, system } = process.cpuUsage()
  writeSync(3, `${process.hrtime.bigint()} ${(user + system) / 1e3}\n`)
  globalThis.used = used
}
