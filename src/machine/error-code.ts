import { getSystemErrorMap } from './node.ts'

/** Codes of Node that are no system errors, and SQLSTATE, which is too short to be a secret. */
const known = /^(?:[0-9A-Z]{5}|ERR_[A-Z_]{3,40}|ENOTFOUND|MODULE_NOT_FOUND)$/

const isKnown = (code: string): boolean =>
  known.test(code) || [...getSystemErrorMap().values()].some(([name]) => name === code)

/**
 * The code of an error, for a message about the telemetry itself. An error of the host can have any text as its code,
 * so only known codes are shown. Never throws.
 */
export const codeOf = (error: unknown): string => {
  try {
    const { code } = (error ?? {}) as { code?: unknown }
    return typeof code === 'string' && isKnown(code) ? code : 'no code'
  } catch {
    return 'no code'
  }
}
