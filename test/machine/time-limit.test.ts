import { expect, test } from 'vitest'
import { timeLimit } from '../../src/machine/time-limit.ts'
import { patienceVariable } from '../../src/machine/variables.ts'

test.each([
  [undefined, 500],
  ['', 500],
  ['2', 1_000],
  ['40', 20_000],
  ['41', 20_000],
  ['Infinity', 20_000],
  ['0', 500],
  ['0.5', 500],
  ['-40', 500],
  ['forty', 500],
])('with a patience of %s, 500 ms are %i', (patience, ms) => {
  expect(timeLimit(500, { [patienceVariable]: patience })).toBe(ms)
})
