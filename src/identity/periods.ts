import type { InstallationAge } from '../schema/vocabulary.ts'

/**
 * The days, weeks and months (UTC) in which an installation is counted without an id. It depends on names and the clock
 * alone.
 */

const kinds = ['day', 'week', 'month'] as const
type Kind = (typeof kinds)[number]

const dayMs = 86_400_000
const weekMs = 7 * dayMs

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
/** 1970-01-05 was a Monday. */
const weekNumber = (ms: number): number => Math.floor((ms - 4 * dayMs) / weekMs)
const mondayOf = (ms: number): string => dateOf(weekNumber(ms) * weekMs + 4 * dayMs)

const keyOf: Record<Kind, (ms: number) => string> = {
  day: dateOf,
  week: mondayOf,
  month: (ms) => dateOf(ms).slice(0, 7),
}

const nameOf = (kind: Kind, ms: number): string => `${kind}-${keyOf[kind](ms)}`

/** Times whose years have four digits, so that names sort as times do. */
export const isCountable = (ms: number): boolean => ms >= 0 && ms < 253_402_300_800_000

/**
 * The number of periods of each kind that are kept: the latest, and the one before it, for a run that began in that one
 * and ends now.
 */
const keptPeriods = 2

/**
 * The names of this kind up to now, in order. A later name was made while the clock was ahead. It does not count, and
 * is not removed.
 */
const pastNames = (kind: Kind, kept: readonly string[], now: number): string[] => {
  const current = nameOf(kind, now)
  return kept.filter((name) => name.startsWith(kind) && name <= current).sort()
}

/**
 * The name that counts a run as the first of its period. Undefined if another run was the first, or if the run began
 * too long ago to tell.
 */
const uncounted = (kind: Kind, kept: readonly string[], started: number, now: number): string | undefined => {
  const name = nameOf(kind, started)
  const past = pastNames(kind, kept, now).slice(-keptPeriods)
  const oldest = past.length < keptPeriods ? '' : String(past[0])
  return past.includes(name) || name < oldest ? undefined : name
}

const ageBounds: readonly (readonly [weeks: number, age: InstallationAge])[] = [
  [32, '32w+'],
  [16, '16-31w'],
  [8, '8-15w'],
  [4, '4-7w'],
  [2, '2-3w'],
  [1, '1w'],
]

/** The age of an installation in calendar weeks. Its first run was on the earliest day of `since`. */
const ageAt = (since: readonly string[], started: number): InstallationAge => {
  const first = Math.min(started, ...since.map((name) => Date.parse(name.slice('since-'.length))))
  const weeks = weekNumber(started) - weekNumber(first)
  return ageBounds.find(([bound]) => weeks >= bound)?.[1] ?? 'new'
}

/** Where the names are stored. `create` returns false if the name already exists. Each function may throw. */
export interface Kept {
  names(): readonly string[]
  create(name: string): boolean
  remove(name: string): void
}

/** The attributes that the span of a run has instead of an id. */
export interface FirstMarks {
  readonly 'cq.first.day': boolean
  readonly 'cq.first.week': boolean
  readonly 'cq.first.month': boolean
  /** Only on the first run of a week. */
  readonly 'cq.age'?: InstallationAge
}

const removeOld = (kind: Kind, kept: Kept, now: number): void => {
  for (const name of pastNames(kind, kept.names(), now).slice(0, -keptPeriods)) kept.remove(name)
}

/** Whether this run is the first of its period. Of several at once, the one that creates the name is the first. */
const claim = (kind: Kind, kept: Kept, names: readonly string[], started: number, now: number): boolean => {
  const name = uncounted(kind, names, started, now)
  if (name === undefined || !kept.create(name)) return false
  removeOld(kind, kept, now)
  return true
}

const sinceOf = (names: readonly string[]): string[] => names.filter((name) => name.startsWith('since-'))

/** Marks the run that began at `started` and is written at `now`. Both are Unix times in milliseconds. May throw. */
export const markFirsts = (kept: Kept, started: number, now: number): FirstMarks => {
  const names = kept.names()
  const since = sinceOf(names)
  if (since.length === 0) kept.create(`since-${dateOf(started)}`)
  const [day, week, month] = kinds.map((kind) => claim(kind, kept, names, started, now)) as [boolean, boolean, boolean]
  return {
    'cq.first.day': day,
    'cq.first.week': week,
    'cq.first.month': month,
    ...(week && { 'cq.age': ageAt(since, started) }),
  }
}

/** Like `markFirsts`, but stores nothing. */
export const wouldMark = (names: readonly string[], started: number, now: number): FirstMarks =>
  markFirsts({ names: () => names, create: (name) => !names.includes(name), remove: () => undefined }, started, now)
