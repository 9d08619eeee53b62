import { levelOf, readChoice } from '../consent/choice.ts'
import type { Job } from '../launch/job.ts'
import { layoutOf } from '../machine/layout.ts'

/**
 * Reads the user's choice. The child reads it itself, before each request, because the user may have opted out
 * meanwhile.
 */
const choiceOf = ({ directory }: Job) => readChoice(directory === undefined ? undefined : layoutOf(directory).consent)

/** The generation of the choice if it is a yes; otherwise undefined. */
export const allowedGeneration = (job: Job): string | undefined => {
  const choice = choiceOf(job)
  return choice.kind === 'enabled' ? choice.generation : undefined
}

/** Whether losses of usage data may be reported. Not if the user allows crash reports alone. */
export const mayReportLosses = (job: Job): boolean => levelOf(choiceOf(job)) !== 'crashes'

/** If nothing can be written to the disk, there may be no choice either. Then the default holds. */
export const allowedWithoutDisk = (job: Job): boolean => ['enabled', 'none'].includes(choiceOf(job).kind)
