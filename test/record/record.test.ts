import { SpanStatusCode } from '@opentelemetry/api'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ProviderUnit } from '../../src/index.ts'
import { everyName, record } from '../support/record.ts'

describe('the calls', () => {
  test('pass on the value of a thenable whose own then returns nothing', async () => {
    // oxlint-disable-next-line unicorn/no-thenable -- it is what is tested
    const thenable = { then: (resolve: (value: number) => void) => resolve(42) }
    expect(await record().operations.operation('a', () => thenable)).toBe(42)
  })

  test('return what the callback returns, now or later', async () => {
    const { operations } = record()
    expect(operations.operation('a', () => 42)).toBe(42)
    const promise = operations.operation('a', async () => 'later')
    expect(promise).toBeInstanceOf(Promise)
    expect(await promise).toBe('later')
    expect(operations.provider({ name: 'aws' }, () => null)).toBeNull()
    expect(operations.resource('r', () => 'r')).toBe('r')
    expect(operations.policy({ name: 'p' }, () => 'p')).toBe('p')
  })

  test.each([new Error('boom'), 'a string', null, undefined, 0, Object.freeze({})])(
    'rethrow %o unchanged',
    async (thrown) => {
      const { operations } = record()
      const caught = (run: () => unknown) => {
        try {
          run()
        } catch (error) {
          return { error }
        }
        return undefined
      }
      expect(
        caught(() =>
          operations.operation('a', () => {
            throw thrown
          }),
        ),
      ).toEqual({ error: thrown })
      const rejected = operations
        .operation('a', () => Promise.reject(thrown as Error))
        .then(
          () => undefined,
          (error: unknown) => ({ error }),
        )
      expect(await rejected).toEqual({ error: thrown })
    },
  )

  test('belong to the active span, in any nesting and in parallel', async () => {
    const run = record()
    const { operations } = run
    await Promise.all(
      ['first', 'second'].map((operation) =>
        operations.operation(operation, async () => {
          await sleep(2)
          await Promise.all(
            ['aws', 'gcp'].map((name) =>
              operations.provider({ name }, async () => {
                await sleep(Math.random() * 5)
                await operations.resource(`${operation}_${name}`, async (resource) => {
                  await sleep(1)
                  resource.count(1)
                })
              }),
            ),
          )
        }),
      ),
    )
    run.end(0)
    for (const operation of ['first', 'second']) {
      const { attributes, spanId, parentSpanId, traceId } = run.spanOf('operation', operation)
      expect(attributes['cq.resources.names']).toEqual(expect.arrayContaining([`${operation}_aws`, `${operation}_gcp`]))
      expect(attributes['cq.resources.count']).toBe(2)
      expect(parentSpanId).toBe(run.spanOf('run').spanId)
      const below = run.spans.filter((span) => span.parentSpanId === spanId)
      expect(below.map(({ type }) => type)).toEqual(['provider', 'provider'])
      expect(new Set(below.map((span) => span.traceId))).toEqual(new Set([traceId]))
    }
  })

  test('through the handle of an operation belong to it, whichever span is active', async () => {
    const run = record()
    await run.operations.operation('outer', async (outer) => {
      await run.operations.operation('inner', async () => {
        outer.provider({ name: 'aws' }, (aws) => aws.resource('r', (resource) => resource.count(3)))
      })
    })
    expect(run.spanOf('operation', 'outer').attributes['cq.resources.count']).toBe(3)
    expect(run.spanOf('operation', 'inner').attributes['cq.resources.count']).toBe(0)
  })

  test('after the end of their operation change nothing', async () => {
    const run = record()
    let late: (() => void) | undefined
    run.operations.operation('a', (operation) => {
      late = () => operation.resource('r', (resource) => resource.count(9))
    })
    late?.()
    expect(run.spanOf('operation').attributes['cq.resources.count']).toBe(0)
  })
})

describe('sums', () => {
  const many = 100_000

  test.each(['in one tick', 'at once'])('are exact over 100,000 fetches %s, with the spans capped', async (how) => {
    const run = record()
    await run.operations.operation('fetch', (operation) =>
      operation.provider({ name: 'aws' }, async (aws) => {
        const fetch = (index: number) =>
          aws.resource(`r${index % 10}`, (resource) => {
            resource.count(index % 3)
            if (index % 1000 === 0) resource.error(new Error('handled'))
            return how === 'at once' ? Promise.resolve() : undefined
          })
        await Promise.all(Array.from({ length: many }, (_, index) => Promise.resolve(fetch(index))))
      }),
    )
    run.end(0)
    const { attributes } = run.spanOf('operation')
    expect(attributes['cq.resources.fetches']).toBe(many)
    expect(attributes['cq.resources.count']).toBe(Array.from({ length: many }, (_, i) => i % 3).reduce((a, b) => a + b))
    expect(attributes['cq.errors']).toBe(many / 1000)
    expect(attributes['cq.resources.fetch_counts']).toEqual(Array.from({ length: 10 }, () => many / 10))
    const sent = run.spans.filter(({ type }) => type === 'resource' || type === 'provider').length
    expect(sent).toBe(1_000)
    expect(attributes['cq.spans.dropped']).toBe(many + 1 - sent)
    expect(run.spanOf('run').attributes['cq.spans.recorded']).toBe(run.spans.length)
  })

  test("are counted by a copy of the callback's argument, below and beyond the cap", () => {
    const run = record(undefined, undefined, undefined, undefined, 1)
    run.operations.operation('fetch', (operation) => {
      for (let count = 0; count < 2; count++)
        operation.resource('r', (resource) => {
          const copy = { ...resource }
          copy.count(1)
          copy.error(new Error('handled'))
          copy.diagnostic({ severity: 'warning', type: 'access' })
        })
    })
    run.end(0)
    expect(run.spanOf('operation').attributes).toMatchObject({
      'cq.resources.counts': [2],
      'cq.resources.errors': [2],
      'cq.diagnostics.by_type.access': 2,
    })
  })

  test('are the same if no span below an operation is sent', () => {
    const sumsOf = (maxSpans?: number) => {
      const run = record(undefined, undefined, undefined, undefined, maxSpans)
      run.operations.operation('fetch', (operation) =>
        operation.provider({ name: 'aws' }, (provider) => {
          for (const name of ['aws.s3', 'aws.ec2', 'aws.s3']) provider.resource(name, (unit) => unit.count(7))
        }),
      )
      run.end(0)
      const { 'cq.spans.dropped': dropped, ...all } = run.spanOf('operation').attributes
      const sums = Object.fromEntries(Object.entries(all).filter(([key]) => !key.includes('durations')))
      return { types: run.spans.map(({ type }) => type).sort(), dropped, sums }
    }
    const [all, none] = [sumsOf(), sumsOf(0)]
    expect(none.sums).toEqual(all.sums)
    expect(none.sums).toMatchObject({ 'cq.resources.count': 21, 'cq.resources.fetches': 3 })
    expect([all.types.length, all.dropped]).toEqual([6, 0])
    expect([none.types, none.dropped]).toEqual([['operation', 'run'], 4])
  })

  test('of more names than the limit have the rest under _OTHER', () => {
    const run = record()
    run.operations.operation('fetch', (operation) => {
      for (let index = 0; index < 5_000; index++) operation.resource(`name_${index}`, (resource) => resource.count(1))
    })
    const { attributes } = run.spanOf('operation')
    const names = attributes['cq.resources.names'] as string[]
    const counts = attributes['cq.resources.counts'] as number[]
    expect(names.length).toBeLessThanOrEqual(2_000)
    expect(counts.reduce((a, b) => a + b)).toBe(5_000)
    expect(counts[names.indexOf('_OTHER')]).toBe(5_000 - names.length + 1)
    expect(attributes['cq.names.folded']).toBe(5_000 - names.length + 1)
  })

  test('of more names and providers than the limits keep complete lists', () => {
    const run = record({ operations: () => true, providers: () => true, resources: (_, name) => name !== 'hidden' })
    run.operations.operation('fetch', (operation) => {
      for (let index = 0; index < 2_000; index++) operation.resource(`name_${index}`, () => undefined)
      operation.resource('hidden', () => undefined)
      for (let index = 0; index < 102; index++) {
        operation.provider({ name: `provider_${index}` }, (provider) => {
          for (const name of ['hidden', 'late']) provider.resource(name, () => undefined)
        })
      }
    })
    const { attributes } = run.spanOf('operation')
    expect(attributes['cq.providers.names']).toHaveLength(101)
    expect(attributes['cq.resources.names']).toHaveLength(2_000)
  })

  test('accept only valid counts', () => {
    const run = record()
    run.operations.operation('fetch', (operation) =>
      operation.resource('r', (unit) => {
        for (const count of [Number.NaN, -1, 0.5, Infinity, '3' as never, 2]) unit.count(count)
      }),
    )
    expect(run.spanOf('operation').attributes['cq.resources.count']).toBe(2)
  })

  test('contain diagnostics by severity and by type, for the provider and the operation', () => {
    const run = record()
    run.operations.operation('fetch', (operation) => {
      operation.diagnostic({ severity: 'warning', type: 'user' })
      operation.provider({ name: 'aws' }, (aws) => {
        aws.diagnostic({ severity: 'error', type: 'throttle' })
        aws.resource('r', (resource) => resource.diagnostic({ severity: 'error', type: 'access' }))
        aws.diagnostic({ severity: 'secret' as never, type: 'throttle' })
      })
    })
    expect(run.spanOf('operation').attributes).toMatchObject({
      'cq.diagnostics.by_severity.error': 2,
      'cq.diagnostics.by_severity.warning': 1,
      'cq.diagnostics.by_type.throttle': 1,
      'cq.providers.diagnostics.by_severity.error': [2],
    })
  })
})

describe('the outcome', () => {
  const fetchStatus = (run: (provider: ProviderUnit) => unknown) => {
    const recorded = record()
    recorded.operations.operation('fetch', (operation) => {
      try {
        operation.provider({ name: 'aws' }, run)
      } catch {
        // Handled by the host.
      }
    })
    return (recorded.spanOf('operation').attributes['cq.providers.statuses'] as string[])[0]
  }
  const fails = () => {
    throw new Error('no')
  }
  const attempt = (run: () => void) => {
    try {
      run()
    } catch {
      // Handled by the host.
    }
  }

  test('of a provider follows from its resources, unless the host sets it', () => {
    expect(fetchStatus((aws) => aws.resource('r', () => undefined))).toBe('successful')
    expect(fetchStatus((aws) => attempt(() => aws.resource('r', fails)))).toBe('failed')
    expect(
      fetchStatus((aws) => {
        aws.resource('good', () => undefined)
        attempt(() => aws.resource('bad', fails))
      }),
    ).toBe('partial')
    expect(fetchStatus(fails)).toBe('failed')
    expect(
      fetchStatus(() => {
        throw Object.assign(new Error('stop'), { name: 'AbortError' })
      }),
    ).toBe('canceled')
    expect(fetchStatus((aws) => aws.status('configure_failed'))).toBe('configure_failed')
  })

  test('of an operation follows from its error, whose message is not sent', () => {
    const run = record()
    attempt(() =>
      run.operations.operation('fetch', () => {
        throw Object.assign(new Error('secret at 10.0.0.1'), { code: 'ECONNREFUSED' })
      }),
    )
    run.end(1)
    expect(run.spanOf('operation').attributes).toMatchObject({
      'cq.success': false,
      'error.type': 'ECONNREFUSED',
      'cq.error.class': 'connection',
    })
    expect(run.spanOf('run').attributes).toMatchObject({ 'process.exit.code': 1, 'error.type': 'ECONNREFUSED' })
    expect(JSON.stringify(run.spans)).not.toContain('secret')
  })

  test('is set for fetches beyond the cap that are open when the process ends', () => {
    const run = record()
    void run.operations.operation('fetch', (operation) => {
      for (let fetch = 0; fetch < 1_500; fetch++) void operation.resource('r', () => new Promise(() => undefined))
      return new Promise(() => undefined)
    })
    run.end(130)
    const { attributes } = run.spanOf('operation')
    expect(attributes['cq.resources.fetches']).toBe(1_500)
    expect(attributes['cq.spans.dropped']).toBe(500)
  })

  test('is set for spans that are open when the process ends', () => {
    const run = record()
    void run.operations.operation('fetch', () =>
      run.operations.provider({ name: 'aws' }, () => new Promise(() => undefined)),
    )
    run.end(130)
    expect(run.spans.map(({ type }) => type)).toEqual(['provider', 'operation', 'run'])
    expect(run.spanOf('operation').attributes['cq.success']).toBe(false)
    expect(run.spanOf('operation').parentSpanId).toBe(run.spanOf('run').spanId)
  })
})

describe('plain OpenTelemetry', () => {
  const operation = { attributes: { 'cq.span.type': 'operation', 'cq.operation.name': 'fetch' } }

  test('has the same meaning with the same attributes', () => {
    const run = record()
    run.tracer.startActiveSpan('any', operation, (outer) => {
      run.tracer.startActiveSpan(
        'any',
        { attributes: { 'cq.span.type': 'resource', 'cq.resource.name': 'r' } },
        (inner) => {
          inner.setAttribute('cq.resource.count', 7)
          inner.setStatus({ code: SpanStatusCode.ERROR, message: 'secret' })
          inner.end()
        },
      )
      outer.end()
    })
    expect(run.spanOf('operation', 'fetch').attributes).toMatchObject({
      'cq.resources.count': 7,
      'cq.errors': 1,
      'cq.resources.names': ['r'],
    })
    expect(run.spanOf('resource').attributes).toMatchObject({ 'cq.success': false, 'error.type': '_OTHER' })
  })

  test('only the attributes of the table are sent', () => {
    const run = record({ ...everyName })
    const span = run.tracer.startSpan('secret name', {
      ...operation,
      root: true,
      links: [
        { context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }, attributes: { secret: 1 } },
      ],
    })
    span.setAttributes({ 'db.statement': 'secret', 'url.full': 'secret' })
    span.addEvent('secret')
    span.recordException(new Error('secret'))
    span.updateName('secret')
    span.end()
    expect(JSON.stringify(run.spans)).not.toContain('secret')
    expect(run.spanOf('operation').traceId).not.toBe('a'.repeat(32))
  })

  test('a foreign span is left out, and the spans below it are kept', () => {
    const run = record()
    run.operations.operation('fetch', () =>
      run.tracer.startActiveSpan('http', (span) => {
        run.operations.resource('r', (resource) => resource.count(5))
        span.end()
      }),
    )
    expect(run.spans.map(({ type }) => type)).toEqual(['resource', 'operation'])
    expect(run.spanOf('operation').attributes['cq.resources.count']).toBe(5)
  })
})

test("the run's error is that of its operation, not of later work", async () => {
  const run = record()
  let fail: (error: Error) => void = () => undefined
  const late = new Promise<void>((_, reject) => (fail = reject))
  let resource: Promise<void> | undefined
  await run.operations
    .operation('fetch', async (fetch) => {
      resource = fetch.resource('r', () => late)
      throw Object.assign(new Error('first'), { code: 'ECONNREFUSED' })
    })
    .catch(() => undefined)
  fail(new TypeError('second'))
  await resource?.catch(() => undefined)
  run.end(1)
  expect(run.spanOf('run').attributes['error.type']).toBe('ECONNREFUSED')
})
