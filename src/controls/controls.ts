import type { Rate } from './rates.ts'
import { isVersionRange } from './versions.ts'

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

const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1

const isRule = (value: unknown): value is Rule => {
  if (!isObject(value)) return false
  const { versions, stop, sampleRate } = value
  return (
    (versions === undefined || (Array.isArray(versions) && versions.every(isVersionRange))) &&
    (stop === undefined || stops.some((each) => each === stop)) &&
    (sampleRate === undefined || (isObject(sampleRate) ? Object.values(sampleRate) : [sampleRate]).every(isShare))
  )
}

/**
 * Returns undefined for a value that is no control file. Unknown keys are ignored, so that a file with rules for later
 * versions still stops this one.
 */
export const asControls = (value: unknown): Controls | undefined => {
  if (!isObject(value)) return undefined
  const { tool, signed, rules } = value
  const isDated = typeof signed === 'string' && !Number.isNaN(Date.parse(signed))
  if (typeof tool !== 'string' || !isDated || !Array.isArray(rules) || !rules.every(isRule)) return undefined
  return { tool, signed, rules }
}
