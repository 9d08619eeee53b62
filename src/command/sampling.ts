import { isObject } from '../api/check-options.ts'
import { perMillion, type Rate } from '../controls/rates.ts'
import type { Layout } from '../machine/layout.ts'
import { leftOutIn } from '../spool/interval-files.ts'
import type { Setting } from './setting.ts'

/** What `status` says of the options `sampleRate` and `minInterval`. */
export interface SamplingStatus {
  readonly sampleRate: Rate
  /** Seconds by the names of operations. */
  readonly minInterval: Readonly<Record<string, number>>
  /** How many successful operations were left out since the last one of their name that was recorded. */
  readonly leftOut: Readonly<Record<string, number>>
  /** How many runs were left out since the last one that was recorded. */
  readonly runsLeftOut: number
}

/** Null outside of the tool, where its options are not known. */
export const samplingStatus = ({ options }: Setting, files: Layout | undefined): SamplingStatus | null => {
  if (!options) return null
  const { sampleRate = 1, minInterval = {} } = options
  const leftOut = (operation?: string) => (files ? leftOutIn(files.intervals, operation) : 0)
  return {
    sampleRate,
    minInterval,
    leftOut: Object.fromEntries(Object.keys(minInterval).map((name) => [name, leftOut(name)])),
    runsLeftOut: leftOut(),
  }
}

/** Words for a rate, e.g. `records 10 % of build`. */
export const rateTexts = (rate: Rate | undefined): string[] =>
  (isObject(rate) ? Object.keys(rate) : rate === undefined ? [] : ['all operations']).map((name) => {
    const recorded = perMillion([rate], name)
    return recorded === 0 ? `stops ${name}` : `records ${recorded / 10_000} % of ${name}`
  })

/** Lines for the terminal, not yet escaped; none for a tool that records every operation. */
export const samplingLines = ({ sampleRate, minInterval, leftOut, runsLeftOut }: SamplingStatus): string[] => {
  const intervals = Object.entries(minInterval).map(
    ([name, seconds]) => `records ${name} once in ${seconds} s (${leftOut[name] ?? 0} left out since)`,
  )
  const rates = sampleRate === 1 ? [] : rateTexts(sampleRate)
  const runs = runsLeftOut === 0 ? [] : [`${runsLeftOut} runs left out since the last`]
  const all = [...rates, ...intervals, ...runs]
  return all.length === 0 ? [] : [`sampling ${all.join('; ')}`]
}
