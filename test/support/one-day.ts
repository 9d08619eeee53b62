import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, beforeEach, vi } from 'vitest'

/** For tests of what is counted by days, in UTC or in the time zone of this machine. */

const dayMs = 86_400_000

const untilMidnight = (now: Date): number => {
  const nextLocal = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1)
  return Math.min(dayMs - (now.getTime() % dayMs), nextLocal.getTime() - now.getTime())
}

/**
 * Gives the tests and hooks that are declared after this call a time limit. If midnight is closer than that, the tests of
 * this suite, and its first hooks, begin after it. A `describe` whose own hooks count by days calls it too.
 */
export const withinOneDay = (limitMs = 120_000): void => {
  vi.setConfig({ testTimeout: limitMs, hookTimeout: limitMs })
  const wait = async () => {
    const left = untilMidnight(new Date())
    if (left < limitMs) await sleep(left + 1_000)
  }
  beforeAll(wait, limitMs + 60_000)
  beforeEach(wait, limitMs + 60_000)
}
