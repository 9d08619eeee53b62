import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { firstMarks } from '../../src/identity/first-marks.ts'
import { useDirectory } from '../support/place.ts'

/** What lies in the place of a mark, on a real disk. */

let directory: string
useDirectory((path) => {
  directory = join(path, 'telemetry', 'counted')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
})
const isFirstOfDay = (date: string) => {
  const time = Date.parse(`${date}T12:00Z`)
  return firstMarks({ directory, isSent: () => true, started: time }, time)['cq.first.day']
}

test.each([
  ['a directory', (path: string) => mkdirSync(path)],
  ['a directory that is not empty', (path: string) => mkdirSync(join(path, 'more'), { recursive: true })],
  ['a link to a file', (path: string) => symlinkSync('/etc/hosts', path)],
  ['a link to nothing', (path: string) => symlinkSync('/does/not/exist', path)],
  ['a file with text', (path: string) => writeFileSync(path, 'text')],
])('%s counts as a mark, and later days are counted once each', (_, put) => {
  for (const day of ['24', '25', '26']) put(join(directory, `day-2026-11-${day}`))
  const days = ['26', '27', '27', '28', '29'].map((day) => isFirstOfDay(`2026-11-${day}`))
  expect(days).toEqual([false, true, false, true, true])
})
