import { expect, test } from 'vitest'
import { perMillion, type Rate } from '../../src/controls/rates.ts'
import { everyName, record } from '../support/record.ts'
import type { Removal } from '../../src/schema/removals.ts'

/** Operations that are recorded or left out at random. */

const sampledBy = (rate: Rate, showsAll = false, removed?: (removals: readonly Removal[]) => void) =>
  record(everyName, {}, {}, removed, undefined, { perMillion: (name) => perMillion([rate], name), showsAll })

const ofType = (run: ReturnType<typeof record>, type: string) => run.spans.filter((span) => span.type === type)

test.each([
  [undefined, 'build', 1_000_000],
  [1, 'build', 1_000_000],
  [0.1, 'build', 100_000],
  [0, 'build', 0],
  [1e-9, 'build', 1],
  [{ build: 0.25 }, 'build', 250_000],
  [{ build: 0.25 }, 'test', 1_000_000],
  [{ build: 0.25 }, 'toString', 1_000_000],
  [{ build: 0.25 }, '__proto__', 1_000_000],
])('of a million operations, a rate of %j records of %s %i', (rate, name, expected) => {
  expect(perMillion([rate], name)).toBe(expected)
  expect(perMillion([rate, 0.5], name)).toBe(Math.min(expected, 500_000))
  expect(perMillion([rate, 1], name)).toBe(expected)
})

test('the sample has the size of its rate, and the run counts all operations', () => {
  const many = 20_000
  const run = sampledBy({ build: 0.1 })
  for (let nth = 0; nth < many; nth++) run.operations.operation('build', () => undefined)
  for (let nth = 0; nth < 10; nth++) run.operations.operation('test', () => undefined)
  run.end(0)
  const built = ofType(run, 'operation').filter(({ name }) => name === 'build')
  // Six standard deviations.
  expect(Math.abs(built.length - many * 0.1)).toBeLessThan(6 * Math.sqrt(many * 0.1 * 0.9))
  expect(new Set(built.map(({ attributes }) => attributes['cq.sample.per_million']))).toEqual(new Set([100_000]))
  expect(ofType(run, 'operation').length - built.length).toBe(10)
  expect(run.spanOf('operation', 'test').attributes).not.toHaveProperty('cq.sample.per_million')
  expect(run.spanOf('run').attributes).toMatchObject({
    'cq.operations.count': many + 10,
    'cq.spans.recorded': run.spans.length,
  })
})

test('an operation is left out with everything below it, except its crash and the run', () => {
  const run = sampledBy({ fetch: 0 })
  const fail = () =>
    run.operations.operation('fetch', (fetch) =>
      fetch.provider({ name: 'aws' }, (aws) => {
        aws.resource('ec2.instances', () => undefined)
        run.operations.operation('nested', (nested) => nested.resource('s3.buckets', () => undefined))
        throw new TypeError('secret')
      }),
    )
  expect(fail).toThrow('secret')
  run.end(1)
  expect(run.spans.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
    'crash crash',
    'operation nested',
    'resource s3.buckets',
    'run mytool',
  ])
  expect(run.spanOf('crash').attributes['cq.operation.name']).toBe('fetch')
  expect(run.spanOf('run').attributes).toMatchObject({ 'cq.operations.count': 2, 'cq.spans.recorded': 4 })
})

test('an operation that is recorded does not wait for the crash report of one that is not', () => {
  const run = sampledBy({ fetch: 0 })
  const fail = () => run.operations.operation('fetch', () => void (undefined as never as { secret: string }).secret)
  expect(fail).toThrow('secret')
  run.operations.operation('build', () => undefined)
  expect(run.spans.map(({ name }) => name)).toEqual(['build'])
  run.end(1)
  expect(run.spans.map(({ name }) => name).sort()).toEqual(['build', 'crash', 'mytool'])
})

test('inspect shows each operation that may be sent, with its rate, and says of others why not', () => {
  const reasons: Removal[] = []
  const run = sampledBy({ build: 0.000_001, stopped: 0 }, true, (removals) => reasons.push(...removals))
  run.operations.operation('build', () => undefined)
  run.operations.operation('stopped', () => undefined)
  run.end(0)
  expect(ofType(run, 'operation').map(({ name, attributes }) => [name, attributes['cq.sample.per_million']])).toEqual([
    ['build', 1],
  ])
  expect(JSON.stringify(reasons)).toContain('it is not sampled')
})
