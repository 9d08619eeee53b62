import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { DrainLock } from '../../src/spool/drain-lock.ts'
import { formatOwner, type Owner, thisProcess } from '../../src/spool/owner.ts'
import { usePlace } from '../support/place.ts'

const second = 1_000
const start = Date.parse('2026-11-23T10:00:00Z')

const place = usePlace()
let now: number
const lock = () => new DrainLock(join(place.home, 'draining'), () => now)
beforeEach(() => {
  now = start
})

describe('the lock', () => {
  const locked = (owner: Owner) => writeFileSync(join(place.home, 'draining'), formatOwner(owner))
  const works = () => lock().alone(async () => undefined)

  test('lets one process work at a time, and is removed afterwards', async () => {
    const inside: boolean[] = []
    expect(await lock().alone(async () => void inside.push(await works()))).toBe(true)
    expect(inside).toEqual([false])
    expect(await works()).toBe(true)
  })

  test('is removed after work that failed', async () => {
    await expect(lock().alone(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await works()).toBe(true)
  })

  test('of a dead process is ignored, and one of another machine is respected for five minutes', async () => {
    locked({ ...thisProcess(), startTicks: '1' })
    expect(await works()).toBe(true)
    locked({ ...thisProcess(), location: 'f'.repeat(18) })
    now = Date.now()
    expect(await works()).toBe(false)
    now += 6 * 60 * second
    expect(await works()).toBe(true)
  })

  test('with other content is ignored', async () => {
    writeFileSync(join(place.home, 'draining'), 'garbage')
    expect(await works()).toBe(true)
  })
})
