import { describe, expect, test } from 'vitest'
import { type Kept, markFirsts, wouldMark } from '../../src/identity/periods.ts'

/** Whether a run is the first of its day, week and month, and how old its installation is, from what is kept and the clock. */

const at = (text: string): number => Date.parse(`${text.replace(' ', 'T')}:00Z`)
const store = (...names: string[]) => {
  const kept = new Set(names)
  const keeps: Kept = {
    names: () => [...kept],
    create: (name) => !kept.has(name) && kept.add(name) === kept,
    remove: (name) => void kept.delete(name),
  }
  return { keeps, names: () => [...kept].sort() }
}
const marks = (day: boolean, week: boolean, month: boolean, age?: string) => ({
  'cq.first.day': day,
  'cq.first.week': week,
  'cq.first.month': month,
  ...(age !== undefined && { 'cq.age': age }),
})
const mark = (keeps: Kept, started: string, now = started) => markFirsts(keeps, at(started), at(now))

test('the very first run is the first of its day, week and month, and the next run of none', () => {
  const { keeps, names } = store()
  expect(mark(keeps, '2026-11-26 10:00')).toEqual(marks(true, true, true, 'new'))
  expect(mark(keeps, '2026-11-26 23:59')).toEqual(marks(false, false, false))
  expect(names()).toEqual(['day-2026-11-26', 'month-2026-11', 'since-2026-11-26', 'week-2026-11-23'])
})

test.each([
  ['the next day', '2026-11-27 00:00', marks(true, false, false)],
  ['the last moment of the week', '2026-11-29 23:59', marks(true, false, false)],
  ['the next Monday', '2026-11-30 00:00', marks(true, true, false, '1w')],
  ['the next month, in the same week', '2026-12-01 00:00', marks(true, true, true, '1w')],
  ['two weeks later', '2026-12-13 12:00', marks(true, true, true, '2-3w')],
  ['three', '2026-12-14 12:00', marks(true, true, true, '2-3w')],
  ['four', '2026-12-21 12:00', marks(true, true, true, '4-7w')],
  ['seven, in the next year', '2027-01-17 12:00', marks(true, true, true, '4-7w')],
  ['eight', '2027-01-18 12:00', marks(true, true, true, '8-15w')],
  ['sixteen', '2027-03-15 12:00', marks(true, true, true, '16-31w')],
  ['thirty-one', '2027-07-04 12:00', marks(true, true, true, '16-31w')],
  ['thirty-two', '2027-07-05 12:00', marks(true, true, true, '32w+')],
  ['ten years', '2036-11-26 12:00', marks(true, true, true, '32w+')],
])('%s a run is what follows from the calendar', (_, when, expected) => {
  const { keeps } = store()
  mark(keeps, '2026-11-26 10:00')
  expect(mark(keeps, when)).toEqual(expected)
})

test('after a year, two periods of each kind and the day of the first run are kept', () => {
  const { keeps, names } = store()
  for (let day = 0; day < 365; day += 1)
    markFirsts(keeps, at('2026-01-01 12:00') + day * 86_400_000, at('2027-01-01 12:00'))
  expect(names()).toEqual([
    'day-2026-12-30',
    'day-2026-12-31',
    'month-2026-11',
    'month-2026-12',
    'since-2026-01-01',
    'week-2026-12-21',
    'week-2026-12-28',
  ])
})

describe('a run that ends on a later day than it began', () => {
  test('is the first of the day on which it began, if no other run was', () => {
    const { keeps } = store()
    mark(keeps, '2026-11-24 10:00')
    expect(mark(keeps, '2026-11-26 00:10')['cq.first.day']).toBe(true)
    expect(mark(keeps, '2026-11-25 23:50', '2026-11-26 01:00')['cq.first.day']).toBe(true)
    expect(mark(keeps, '2026-11-25 23:55', '2026-11-26 01:00')['cq.first.day']).toBe(false)
    expect(mark(keeps, '2026-11-26 02:00')['cq.first.day']).toBe(false)
  })

  test('is not counted twice after many days, when its day is no longer known', () => {
    const { keeps } = store()
    for (const day of ['20', '21', '22', '23']) mark(keeps, `2026-11-${day} 10:00`)
    expect(mark(keeps, '2026-11-20 11:00', '2026-11-23 11:00')['cq.first.day']).toBe(false)
  })
})

describe('a clock that was wrong', () => {
  test('and ahead does not hide later days', () => {
    const { keeps } = store()
    mark(keeps, '2026-11-25 10:00')
    for (const day of ['2030-01-01', '2030-01-02', '2030-01-03']) mark(keeps, `${day} 10:00`)
    for (const day of ['26', '27', '28']) {
      expect(mark(keeps, `2026-11-${day} 10:00`)['cq.first.day']).toBe(true)
      expect(mark(keeps, `2026-11-${day} 11:00`)['cq.first.day']).toBe(false)
    }
  })

  test('and behind at each start does not count a day twice', () => {
    const { keeps } = store()
    mark(keeps, '2026-11-25 10:00')
    mark(keeps, '2026-11-26 10:00')
    mark(keeps, '1970-01-01 00:01')
    expect(mark(keeps, '2026-11-26 10:05')['cq.first.day']).toBe(false)
  })
})

test('planted names break nothing', () => {
  const { keeps } = store('since-2026-99-99', 'day-9999-99-99', 'day-0000-00-00', 'week-2026-11-24')
  expect(mark(keeps, '2026-11-26 10:00')).toEqual(marks(true, true, true, 'new'))
})

test('a preview shows the marks that would be set, and stores nothing', () => {
  const { keeps, names } = store()
  const would = () => wouldMark(names(), at('2026-11-26 10:00'), at('2026-11-26 10:00'))
  expect(would()).toEqual(marks(true, true, true, 'new'))
  expect(names()).toEqual([])
  mark(keeps, '2026-11-26 10:00')
  expect(would()).toEqual(marks(false, false, false))
})
