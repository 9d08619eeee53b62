import type { Rate } from './rates.ts'

/** What a publisher may stop. */
export const stops = ['all', 'crashes', 'usage'] as const
export type Stop = (typeof stops)[number]

/** One rule of a publisher. It can only reduce what is recorded. */
export interface Rule {
  /** Versions of the tool, such as `1.2.3` and `<1.2.3`. Default: all versions. */
  readonly versions?: readonly string[]
  /** `usage` is everything except crash reports. */
  readonly stop?: Stop
  /** The lowest rate applies, of the host's and of all rules. 0 stops an operation. */
  readonly sampleRate?: Rate
}

/** A publisher's control file, after its signature was checked. */
export interface Controls {
  readonly tool: string
  /** When it was signed, in ISO 8601. An older file does not replace it. */
  readonly signed: string
  readonly rules: readonly Rule[]
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Returns undefined for a value that is no control file. A later version of this package may have written it: unknown keys are
 * ignored, and `inForce` reads an unknown value of a rule as the one that reduces most, so that no client misses a stop.
 */
export const asControls = (value: unknown): Controls | undefined => {
  if (!isObject(value)) return undefined
  const { tool, signed, rules } = value
  const isDated = typeof signed === 'string' && !Number.isNaN(Date.parse(signed))
  if (typeof tool !== 'string' || !isDated || !Array.isArray(rules) || !rules.every(isObject)) return undefined
  return { tool, signed, rules: rules as readonly Rule[] }
}
