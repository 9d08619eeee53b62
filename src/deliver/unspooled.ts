import type { Job } from '../launch/job.ts'
import type { Debug } from '../machine/debug.ts'
import { decodeLines } from '../otlp/decode.ts'
import { destinationNames } from '../spool/name.ts'
import { allowedWithoutDisk } from './allowed.ts'
import { admitted } from './ask-controls.ts'
import { senderFor } from './batch-sender.ts'
import { customRule } from './drain.ts'
import { together } from './send/outcome.ts'
import { outcomesOf } from './send/requests.ts'

/** Sends lines that could not be written to the spool. It tries once, since the lines are stored nowhere. */
export const sendUnspooled = async (lines: readonly string[], job: Job, debug: Debug): Promise<void> => {
  const allowed = () => allowedWithoutDisk(job)
  if (!allowed()) return debug('nothing is sent: the choice of the user is no')
  const batches = admitted(job)(decodeLines(lines, customRule(job)).flat())
  const names = destinationNames.filter((name) => job[name])
  await Promise.all(
    names.map(async (name) => {
      const outcomes = await outcomesOf(senderFor(name, job, { allowed }).send(batches))
      debug(`${name}: ${together(outcomes).kind}`)
    }),
  )
}
