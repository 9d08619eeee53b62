import type { Job } from '../launch/job.ts'
import type { Debug } from '../machine/debug.ts'
import { decodeLines } from '../otlp/decode.ts'
import { alreadyDeclared, declared } from '../schema/custom.ts'
import { destinationNames } from '../spool/name.ts'
import { allowedWithoutDisk } from './allowed.ts'
import { sendFiles } from './send/senders.ts'

/** The rule for the host's own attributes; `cq-telemetry flush` knows no declarations. */
export const customRule = ({ attributes }: Job) => (attributes ? declared(attributes) : alreadyDeclared)

/** Sends lines that no disk took, once: there is no place from which they could be sent again. */
export const sendUnspooled = async (lines: readonly string[], job: Job, debug: Debug): Promise<void> => {
  const allowed = () => allowedWithoutDisk(job)
  if (!allowed()) return debug('nothing is sent: the choice of the user is no')
  const batches = decodeLines(lines, customRule(job)).flat()
  const names = destinationNames.filter((name) => job[name])
  await Promise.all(
    names.map(async (name) => {
      const [outcome] = await sendFiles(name, [batches], job, allowed)
      debug(`${name}: ${outcome?.kind ?? 'nothing'}`)
    }),
  )
}
