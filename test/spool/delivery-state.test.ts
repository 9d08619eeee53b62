import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { DeliveryState } from '../../src/spool/delivery-state.ts'
import { usePlace } from '../support/place.ts'

const second = 1_000
const hour = 3_600 * second
const start = Date.parse('2026-11-23T10:00:00Z')

const place = usePlace()
let now: number
const state = () => new DeliveryState(join(place.home, 'delivery.json'), () => now)
beforeEach(() => {
  now = start
})

describe('a destination that failed', () => {
  const pauseAfter = (failures: number, how: Parameters<DeliveryState['failed']>[1] = { reason: 'network' }) => {
    for (let failure = 0; failure < failures; failure++) state().failed('otlp', how)
    return (state().all().otlp?.notBefore ?? 0) - now
  }

  test('is paused for longer each time, up to an hour', () => {
    expect([1, 1, 1].map((more) => pauseAfter(more))).toEqual([10 * second, 20 * second, 40 * second])
    expect(pauseAfter(20)).toBe(hour)
  })

  test.each([
    ['shorter', 2 * second, 2 * second],
    ['longer', 300 * second, 300 * second],
    ['longer than an hour', 24 * hour, hour],
  ])('is left alone for as long as its server asks, where that is %s', (_, afterMs, pause) => {
    expect(pauseAfter(3, { reason: 'status 503', afterMs })).toBe(pause)
  })

  test('is due when its pause is over, and the other destination is due all the time', () => {
    pauseAfter(1)
    expect(state().isDue('otlp')).toBe(false)
    expect(state().isDue('rudder')).toBe(true)
    now += 10 * second
    expect(state().isDue('otlp')).toBe(true)
  })

  test('starts with a short pause again after a delivery', () => {
    pauseAfter(5)
    state().delivered('otlp')
    expect(pauseAfter(1)).toBe(10 * second)
  })

  test('is paused for a day if only its publisher can fix it', () => {
    expect(pauseAfter(1, { reason: 'status 410', stop: 'now' })).toBe(24 * hour)
    state().delivered('otlp')
    expect(pauseAfter(2, { reason: 'status 401', stop: 'soon' })).toBeLessThan(hour)
    expect(pauseAfter(1, { reason: 'status 401', stop: 'soon' })).toBe(24 * hour)
  })

  test('is due at once after the clock has jumped', () => {
    pauseAfter(1)
    now -= 30 * 24 * hour
    expect(state().isDue('otlp')).toBe(true)
  })

  test.each(['', 'garbage', 'null', '[]', '{"otlp":{"notBefore":"soon"}}', '{"otlp":null}'])(
    'is due if its stored state is %j',
    (text) => {
      writeFileSync(join(place.home, 'delivery.json'), text)
      expect(state().isDue('otlp')).toBe(true)
    },
  )
})
