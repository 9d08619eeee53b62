import { pristine } from '../machine/pristine.ts'

/** Does our part of a call of the host's, which fails without the host noticing it. Returns undefined then. */
export const quietly = <T>(work: () => T): T | undefined => {
  try {
    return pristine(work)
  } catch {
    return undefined
  }
}
