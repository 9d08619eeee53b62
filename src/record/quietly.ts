import { pristine } from '../machine/pristine.ts'

/** Does our part of a call of the host. Returns undefined if it fails, so that the host does not notice. */
export const quietly = <T>(work: () => T): T | undefined => {
  try {
    return pristine(work)
  } catch {
    return undefined
  }
}
