import { mkdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { mayStart } from '../../src/launch/schedule.ts'
import { usePlace } from '../support/place.ts'

const second = 1_000
const hour = 3_600 * second
const start = Date.parse('2026-11-23T10:00:00Z')

const place = usePlace()
let now: number

beforeEach(() => {
  now = start
})

describe('a child', () => {
  test('is started once in ten seconds', () => {
    expect(mayStart(join(place.home, 'started'), now)).toBe(true)
    now = Date.now()
    expect(mayStart(join(place.home, 'started'), now)).toBe(false)
    now += 11 * second
    expect(mayStart(join(place.home, 'started'), now)).toBe(true)
  })

  test('is started where the time of the last lies in the future', () => {
    now = Date.now()
    mayStart(join(place.home, 'started'), now)
    utimesSync(join(place.home, 'started'), new Date(now + hour), new Date(now + hour))
    expect(mayStart(join(place.home, 'started'), now)).toBe(true)
  })

  test('is not started where nothing can be written', () => {
    mkdirSync(join(place.home, 'started'))
    utimesSync(join(place.home, 'started'), new Date(0), new Date(0))
    expect(mayStart(join(place.home, 'started'), now)).toBe(false)
  })
})
