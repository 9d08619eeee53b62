import { beforeAll, describe, expect, test } from 'vitest'
import { type Kept, markFirsts } from '../../src/identity/periods.ts'
import type { InstallationAge } from '../../src/schema/vocabulary.ts'

/**
 * The proof that users are counted without an id: a hundred thousand clients over ten weeks, each with an id for the truth and
 * with what it keeps at home for the marks. Homes are deleted, commands run at the same time and over midnight, and spans are
 * lost. The decision is that of the program; only the disk is replaced by a set of names.
 */

const clients = 100_000
const weeks = 10
const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** A Monday. */
const begin = Date.parse('2026-08-31T00:00:00Z')
/** The share of spans that never arrive. */
const loss = 0.03

/** Numbers from 0 to 1 that are the same in each run of the test (mulberry32). */
const randomFrom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
}
const random = randomFrom(18)

type Figures = Map<string, number>
const add = (figures: Figures, name: string) => figures.set(name, (figures.get(name) ?? 0) + 1)

const weekOf = (ms: number) => Math.floor((ms - begin) / (7 * dayMs))
const dates = new Map<number, string>()
const dateOf = (ms: number) => {
  const day = Math.floor(ms / dayMs)
  const date = dates.get(day) ?? new Date(ms).toISOString().slice(0, 10)
  dates.set(day, date)
  return date
}
const bucketOf = (age: number): InstallationAge => {
  if (age === 0) return 'new'
  if (age === 1) return '1w'
  return age < 4 ? '2-3w' : age < 8 ? '4-7w' : '8-15w'
}

/** The figures by the ids of all runs, and by the marks of all runs and of those that arrived. */
const byIds: Figures = new Map()
const byAllMarks: Figures = new Map()
const byMarks: Figures = new Map()
const happened = { runs: 0, lost: 0, deletions: 0, parallel: 0, overMidnight: 0 }

/** What an operator knows by the id of an installation: when its runs began. */
const countIds = (starts: readonly number[]): void => {
  const seen = new Set(starts.map(weekOf))
  const first = Math.min(...seen)
  const days = starts.map(dateOf)
  for (const day of new Set(days)) add(byIds, `day ${day}`)
  for (const month of new Set(days.map((date) => date.slice(0, 7)))) add(byIds, `month ${month}`)
  for (const week of seen) {
    add(byIds, `week ${week}`)
    add(byIds, `week ${week} age ${bucketOf(week - first)}`)
  }
}

const countMarks = (figures: Figures, started: number, marks: ReturnType<typeof markFirsts>): void => {
  const week = weekOf(started)
  if (marks['cq.first.day']) add(figures, `day ${dateOf(started)}`)
  if (marks['cq.first.month']) add(figures, `month ${dateOf(started).slice(0, 7)}`)
  if (!marks['cq.first.week']) return
  add(figures, `week ${week}`)
  add(figures, `week ${week} age ${String(marks['cq.age'])}`)
}

interface Run {
  readonly started: number
  readonly ended: number
}

/** A home: what the program keeps in it, and the id that another program would. */
class Home {
  private readonly names = new Set<string>()
  private readonly starts: number[] = []

  private keeps(names: readonly string[]): Kept {
    return {
      names: () => names,
      create: (name) => !this.names.has(name) && this.names.add(name) === this.names,
      remove: (name) => void this.names.delete(name),
    }
  }

  leave(): void {
    if (this.starts.length > 0) countIds(this.starts)
  }

  /** Runs that all look at what is kept before one of them has written. */
  runAtOnce(runs: readonly Run[]): void {
    const kept = this.keeps([...this.names])
    for (const { started, ended } of runs) {
      const marks = markFirsts(kept, started, ended)
      happened.runs += 1
      this.starts.push(started)
      countMarks(byAllMarks, started, marks)
      if (random() < loss) happened.lost += 1
      else countMarks(byMarks, started, marks)
    }
  }
}

const runAt = (day: number): Run => {
  const started = begin + day * dayMs + Math.floor(random() * dayMs)
  const lasts = random() < 0.05 ? random() * 20 * hourMs : random() * 60_000
  const ended = started + Math.floor(lasts)
  if (dateOf(started) !== dateOf(ended)) happened.overMidnight += 1
  return { started, ended }
}

/** The runs of a day in the order in which they end. */
const runsOn = (day: number): Run[] => Array.from({ length: 1 + Math.floor(random() * 1.5) }, () => runAt(day))

const client = (): void => {
  let home = new Home()
  const first = Math.floor(random() * weeks * 7)
  // Half are tried once or twice and never used again.
  const habit = random() < 0.5 ? 0.01 : random() * 0.2
  const runs: (Run & { readonly day: number })[] = []
  for (let day = first; day < weeks * 7; day += 1)
    if (day === first || random() < habit) runs.push(...runsOn(day).map((run) => ({ ...run, day })))
  runs.sort((one, other) => one.ended - other.ended)
  for (const run of runs) {
    if (random() < 0.01) {
      home.leave()
      home = new Home()
      happened.deletions += 1
    }
    const together = random() < 0.1 ? [run, { ...run, started: run.started + 1 }] : [run]
    happened.parallel += together.length - 1
    home.runAtOnce(together)
  }
  home.leave()
}

beforeAll(() => {
  for (let index = 0; index < clients; index += 1) client()
}, 120_000)

test('a hundred thousand clients delete their homes, run commands at once and over midnight, and lose spans', () => {
  expect(happened.runs).toBeGreaterThan(400_000)
  expect(happened.deletions).toBeGreaterThan(2_000)
  expect(happened.parallel).toBeGreaterThan(30_000)
  expect(happened.overMidnight).toBeGreaterThan(5_000)
  expect(happened.lost / happened.runs).toBeCloseTo(loss, 2)
})

describe('without losses', () => {
  const isAge = (name: string) => name.includes('age')
  const periods = (figures: Figures) => [...figures].filter(([name]) => !isAge(name)).sort()

  test('the users of each day, week and month are the same as with ids', () => {
    expect(periods(byIds).length).toBeGreaterThan(80)
    expect(periods(byAllMarks)).toEqual(periods(byIds))
  })

  test('the users of each age are the same, except for installations whose first run lasted into a week in which they were used again', () => {
    const ages = [...byIds].filter(([name]) => isAge(name))
    const wrong = ages.reduce((sum, [name, users]) => sum + Math.abs((byAllMarks.get(name) ?? 0) - users), 0)
    expect(ages.length).toBeGreaterThan(30)
    expect(wrong).toBeLessThan(clients / 2_000)
  })
})

describe('with losses', () => {
  test('each figure is lower by the loss, and by no more than chance adds', () => {
    for (const [name, users] of byIds) {
      // Five standard deviations, of some 140 figures.
      const chance = 5 * Math.sqrt(users * loss * (1 - loss)) + 1
      expect(Math.abs((byMarks.get(name) ?? 0) - users * (1 - loss)), name).toBeLessThan(chance)
    }
  })

  test('retention, as a share of users, is the same as with ids', () => {
    const share = (figures: Figures, week: number, age: InstallationAge) =>
      (figures.get(`week ${week} age ${age}`) ?? 0) / (figures.get(`week ${week - 1} age new`) ?? 0)
    for (let week = 1; week < weeks; week += 1) {
      expect(share(byIds, week, '1w')).toBeGreaterThan(0.1)
      expect(share(byMarks, week, '1w')).toBeCloseTo(share(byIds, week, '1w'), 1)
      expect(Math.abs(share(byMarks, week, '1w') - share(byIds, week, '1w'))).toBeLessThan(0.02)
    }
  })
})
