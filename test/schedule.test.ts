import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatOwner, type Owner, stateOf, thisProcess } from '../src/spool/owner.ts'
import { Schedule } from '../src/spool/schedule.ts'
import { newPlace, type Place } from './support/program.ts'

const second = 1_000
const hour = 3_600 * second
const start = Date.parse('2026-11-23T10:00:00Z')

let place: Place
let now: number
const schedule = () => new Schedule(place.home, () => now)
beforeEach(() => {
  place = newPlace()
  now = start
})
afterEach(() => place.remove())

describe('a destination that failed', () => {
  const pauseAfter = (failures: number, how: Parameters<Schedule['failed']>[1] = { reason: 'network' }) => {
    for (let failure = 0; failure < failures; failure++) schedule().failed('otlp', how)
    return (schedule().standings().otlp?.notBefore ?? 0) - now
  }

  test('is left alone for longer and longer, up to an hour', () => {
    expect([1, 1, 1].map((more) => pauseAfter(more))).toEqual([10 * second, 20 * second, 40 * second])
    expect(pauseAfter(20)).toBe(hour)
  })

  test('is due when its pause is over, and the other one always was', () => {
    pauseAfter(1)
    expect(schedule().isDue('otlp')).toBe(false)
    expect(schedule().isDue('rudder')).toBe(true)
    now += 10 * second
    expect(schedule().isDue('otlp')).toBe(true)
  })

  test('begins anew once it has delivered', () => {
    pauseAfter(5)
    schedule().delivered('otlp')
    expect(pauseAfter(1)).toBe(10 * second)
  })

  test('is left alone for a day where only its publisher can mend it', () => {
    expect(pauseAfter(1, { reason: 'status 410', stop: 'now' })).toBe(24 * hour)
    schedule().delivered('otlp')
    expect(pauseAfter(2, { reason: 'status 401', stop: 'soon' })).toBeLessThan(hour)
    expect(pauseAfter(1, { reason: 'status 401', stop: 'soon' })).toBe(24 * hour)
  })

  test('is due at once where the clock has jumped', () => {
    pauseAfter(1)
    now -= 30 * 24 * hour
    expect(schedule().isDue('otlp')).toBe(true)
  })

  test.each(['', 'garbage', 'null', '[]', '{"otlp":{"notBefore":"soon"}}', '{"otlp":null}'])(
    'is due where what is kept of it is %j',
    (text) => {
      writeFileSync(join(place.home, 'delivery.json'), text)
      expect(schedule().isDue('otlp')).toBe(true)
    },
  )
})

describe('a child', () => {
  test('is started once in ten seconds', () => {
    expect(schedule().mayStart()).toBe(true)
    now = Date.now()
    expect(schedule().mayStart()).toBe(false)
    now += 11 * second
    expect(schedule().mayStart()).toBe(true)
  })

  test('is started where the time of the last lies in the future', () => {
    now = Date.now()
    schedule().mayStart()
    utimesSync(join(place.home, 'started'), new Date(now + hour), new Date(now + hour))
    expect(schedule().mayStart()).toBe(true)
  })

  test('is not started where nothing can be written', () => {
    mkdirSync(join(place.home, 'started'))
    utimesSync(join(place.home, 'started'), new Date(0), new Date(0))
    expect(schedule().mayStart()).toBe(false)
  })
})

describe('the lock', () => {
  const locked = (owner: Owner) => writeFileSync(join(place.home, 'draining'), formatOwner(owner))
  const works = () => schedule().alone(async () => undefined)

  test('lets one work at a time, and is gone afterwards', async () => {
    const inside: boolean[] = []
    expect(await schedule().alone(async () => void inside.push(await works()))).toBe(true)
    expect(inside).toEqual([false])
    expect(await works()).toBe(true)
  })

  test('is gone after work that failed', async () => {
    await expect(schedule().alone(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await works()).toBe(true)
  })

  test('of a process that is gone counts for nothing, and that of one elsewhere for five minutes', async () => {
    locked({ ...thisProcess(), began: '1' })
    expect(await works()).toBe(true)
    locked({ ...thisProcess(), place: 'f'.repeat(18) })
    now = Date.now()
    expect(await works()).toBe(false)
    now += 6 * 60 * second
    expect(await works()).toBe(true)
  })

  test('that is none counts for nothing', async () => {
    writeFileSync(join(place.home, 'draining'), 'garbage')
    expect(await works()).toBe(true)
  })
})

describe('the owner of a file', () => {
  const here = thisProcess()
  const at = (host: string, boot: string, namespace: string) => ({ ...here, place: host + boot + namespace })
  const [host, boot, namespace] = [here.place.slice(0, 6), here.place.slice(6, 12), here.place.slice(12)]
  const other = 'ffffff'

  test.each([
    ['this process', here, 'alive'],
    ['its process id at another time', { ...here, began: '1' }, 'gone'],
    ['a process id of nobody', { ...here, pid: 4_000_000 }, 'gone'],
    ['before the last boot', at(host, other, namespace), 'gone'],
    ['another container', at(host, boot, other), 'foreign'],
    ['another machine', at(other, other, other), 'foreign'],
    ['a system that does not say when a process began', { ...here, began: '0' }, 'alive'],
  ] as const)('%s is %j', (_, owner, state) => {
    expect(stateOf(owner)).toBe(state)
  })
})
