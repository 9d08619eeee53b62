import type { Controls, Stop } from './controls.ts'
import { isDue, readKeptFile } from './kept.ts'
import type { Rate } from './rates.ts'
import { isInRange } from './versions.ts'

/** What a version of a tool must leave out, according to its publisher. */
export interface InForce {
  readonly crashes: boolean
  readonly usage: boolean
  /** The lowest rate applies. */
  readonly rates: readonly Rate[]
}

/**
 * The rules for this version, combined. Each part of a rule may have a value that only a later version knows: unknown versions
 * are all versions, an unknown stop stops everything, and an unknown rate is 0.
 */
export const inForce = (controls: Controls | undefined, version: string): InForce => {
  const rules = (controls?.rules ?? []).filter(
    ({ versions }) =>
      !Array.isArray(versions) || versions.some((range) => typeof range !== 'string' || isInRange(version, range)),
  )
  const isStopped = (other: Stop) => rules.some(({ stop }) => stop !== undefined && stop !== other)
  const rates = rules.flatMap(({ sampleRate }) => (sampleRate === undefined ? [] : [sampleRate]))
  return { crashes: isStopped('usage'), usage: isStopped('crashes'), rates }
}

/**
 * What is in force for this version by the file that a child has kept, and whether a child may ask again. Two versions of a tool
 * that are installed at once share that file. If it was edited so that it cannot be read, nothing is in force.
 */
export const readInForce = (path: string, version: string): Partial<InForce> & { readonly isDue: boolean } => {
  const { asked, controls } = readKeptFile(path)
  const due = { isDue: isDue(asked as number) }
  try {
    return { ...inForce(controls as Controls, version), ...due }
  } catch {
    return due
  }
}
