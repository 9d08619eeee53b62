import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, beforeEach, vi } from 'vitest'

/** For tests of what is counted by days, in UTC or in the time zone of this machine. */

const dayMs = 86_400_000

const untilMidnight = (now: Date): number => {
  const nextLocal = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1)
  return Math.min(dayMs - (now.getTime() % dayMs), nextLocal.getTime() - now.getTime())
}

/**
 * No test of this file, or of this `describe`, has a midnight in it: if midnight is closer than the time limit of a test, the
 * test begins after it. Of what a `beforeAll` does, the same holds for those that are declared after this call.
 */
export const withinOneDay = (limitMs = 120_000): void => {
  vi.setConfig({ testTimeout: limitMs })
  const wait = async () => {
    const left = untilMidnight(new Date())
    if (left < limitMs) await sleep(left + 1_000)
  }
  beforeAll(wait, limitMs + 60_000)
  beforeEach(wait, limitMs + 60_000)
}
