import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { keepStart, startFor } from '../../src/launch/schedule.ts'
import { newName } from '../../src/spool/name.ts'
import { usePlace } from '../support/place.ts'

const second = 1_000
const minute = 60 * second
const now = Date.parse('2026-11-23T10:00:00Z')

const place = usePlace()
let lastStart: string

beforeEach(() => {
  lastStart = join(place.home, 'started')
})

const pending = { bytes: 8_000, others: [], crash: false, lines: [] }

/** Files of other runs of so many bytes. */
const filesOf = (sizes: readonly number[], begun: number) =>
  sizes.map((bytes) => ({ ...newName('0'.repeat(16), ['otlp'], 'jsonl', begun), kilobytes: bytes / 1_000 }))

describe('a child is due', () => {
  test.each([
    { when: 'no child was ever started', started: undefined, waiting: [], run: pending, due: true },
    { when: 'one was started a moment ago', started: now - second, waiting: [], run: pending, due: false },
    { when: 'one was started nine minutes ago', started: now - 9 * minute, waiting: [], run: pending, due: false },
    { when: 'one was started eleven minutes ago', started: now - 11 * minute, waiting: [], run: pending, due: true },
    { when: 'the run has crashed', started: now - second, waiting: [], run: { ...pending, crash: true }, due: true },
    {
      when: 'the run has written much',
      started: now - second,
      waiting: [],
      run: { ...pending, bytes: 70_000 },
      due: true,
    },
    {
      when: 'seven runs have written as much',
      started: now - second,
      waiting: [8_000, 8_000, 8_000, 8_000, 8_000, 8_000],
      run: pending,
      due: false,
    },
    {
      when: 'nine runs have',
      started: now - second,
      waiting: [8_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000],
      run: pending,
      due: true,
    },
    { when: 'the last start lies in the future', started: now + 60 * minute, waiting: [], run: pending, due: true },
  ])('$when: $due', ({ started, waiting, run, due }) => {
    if (started !== undefined) keepStart(lastStart, started)
    const others = filesOf(waiting, now - second / 2)
    expect(startFor(lastStart, { ...run, others }, now) !== 'later').toBe(due)
  })

  test('not for files that waited before the last child', () => {
    keepStart(lastStart, now - second)
    expect(startFor(lastStart, { ...pending, others: filesOf([90_000], now - minute) }, now)).toBe('later')
  })

  test('after each run if the start cannot be stored', () => {
    mkdirSync(lastStart)
    keepStart(lastStart, now)
    expect(startFor(lastStart, pending, now)).toBe('early')
  })

  test.each(['', 'x', '1e400', '-1', '\u0000', '9'.repeat(5_000)])('if the file contains %j', (text) => {
    writeFileSync(lastStart, text)
    expect(startFor(lastStart, pending, now)).toBe('early')
    keepStart(lastStart, now)
    expect(readFileSync(lastStart, 'utf8')).toBe(`${now}\n`)
  })
})
