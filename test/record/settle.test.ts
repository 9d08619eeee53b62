import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { record } from '../support/record.ts'

test('a promise that thousands of operations return ends each of them, in their order', async () => {
  const recorded = record()
  const shared = sleep(20)
  const order: number[] = []
  for (let each = 0; each < 5_000; each++) expect(recorded.operations.operation('fetch', () => shared)).toBe(shared)
  await Promise.all([shared.then(() => order.push(1)), shared.then(() => order.push(2))])
  recorded.end(0)
  expect(order).toEqual([1, 2])
  expect(recorded.spans.filter(({ type }) => type === 'operation')).toHaveLength(5_000)
})

test('a promise of a value that inspect cannot show, and that the host never awaits, ends with the run', async () => {
  const recorded = record()
  const unshowable = {
    get [Symbol.toStringTag](): string {
      throw new Error('a getter of the host')
    },
  }
  void recorded.operations.operation('fetch', async () => unshowable)
  await sleep(1_200)
  recorded.end(0)
  expect(recorded.spanOf('operation').attributes['cq.success']).toBe(true)
})

test('an error that the host has handled is not taken for the error of an unhandled rejection', async () => {
  const recorded = record()
  const missing = Object.assign(new Error('no file'), { code: 'ENOENT' })
  await expect(recorded.operations.operation('one', () => Promise.reject(missing))).rejects.toBe(missing)
  const pending = recorded.operations.operation('two', () => Promise.reject(new TypeError('internal')))
  recorded.end(0)
  pending.catch(() => undefined)
  expect(recorded.spanOf('operation', 'two').attributes['error.type']).not.toBe('ENOENT')
})

test('a flush writes the operation that has just failed', async () => {
  const recorded = record()
  const failure = new TypeError('internal')
  await expect(recorded.operations.operation('fetch', () => Promise.reject(failure))).rejects.toBe(failure)
  recorded.flush()
  expect(recorded.spans.map(({ type }) => type)).toEqual(['crash', 'operation'])
})
