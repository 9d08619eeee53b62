import ci from 'ci-info'
import { deniesCi, hasCiVariable } from './ci-variables.ts'

/** Whether the command runs in CI. Includes systems that only set variables of their own. */
export const isCi = (): boolean => !deniesCi() && (ci.isCI || hasCiVariable())

/** The vendor's constant in ci-info, e.g. `GITHUB_ACTIONS`. */
export const ciVendor = (): string | undefined => (isCi() ? (ci.id ?? undefined) : undefined)
