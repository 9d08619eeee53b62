import { afterEach, beforeEach, expect, test } from 'vitest'
import { retryAfterMs } from '../../src/deliver/send/retry-after.ts'

const now = Date.UTC(1994, 10, 6, 8, 49, 0)

let zone: string | undefined
beforeEach(() => {
  zone = process.env['TZ']
  process.env['TZ'] = 'America/New_York'
})
afterEach(() => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

test.each([
  ['120', 120_000],
  ['0', 0],
  [' 7 ', 7_000],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
  ['Sun Nov  6 08:49:37 1994', 37_000],
  ['Sun, 06 Nov 1994 08:48:00 GMT', 0],
  [undefined, undefined],
  ['', undefined],
  ['1.5', undefined],
  ['-1', undefined],
  ['9'.repeat(400), undefined],
  ['soon', undefined],
  ['Sunday', undefined],
  ['2026-11-23T10:00:00Z', undefined],
])('%j is %j ms, in any time zone', (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms)
})
