import { readChoice } from '../consent/choice.ts'
import type { Job } from '../launch/job.ts'
import { layoutOf } from '../machine/layout.ts'

/** The child reads the user's choice for itself, and again before each request: it may have become a no in the meantime. */
const choiceOf = ({ directory }: Job) => readChoice(directory === undefined ? undefined : layoutOf(directory).consent)

/** The generation of the user's yes; undefined if there is no yes. */
export const allowedGeneration = (job: Job): string | undefined => {
  const choice = choiceOf(job)
  return choice.kind === 'enabled' ? choice.generation : undefined
}

/** Where no disk takes a run's lines, there may be no file with a choice either. */
export const allowedWithoutDisk = (job: Job): boolean => ['enabled', 'none'].includes(choiceOf(job).kind)
