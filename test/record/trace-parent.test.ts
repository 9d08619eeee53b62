import { describe, expect, test } from 'vitest'
import { formatTraceParent, parseTraceParent } from '../../src/record/trace-parent.ts'
import { inspectLog, runFixture } from '../support/program.ts'
import { usePlace } from '../support/place.ts'

/** Which trace a run belongs to, and what its own processes inherit. */

const place = usePlace()

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const foreign = `00-${traceId}-${spanId}-00`

interface Span {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly flags: number
}
const nested = async (env: NodeJS.ProcessEnv = {}) => {
  const { stdout } = await runFixture('nested.mjs', place, env, ['--inspect-telemetry'])
  const spans = inspectLog(place)
    .filter(({ message }) => message === 'inspect span')
    .map(({ data }) => data as unknown as Span)
  // The inner run ends first.
  const [inner, innerRun, outer, outerRun] = spans
  if (!inner || !innerRun || !outer || !outerRun) throw new Error(`spans: ${JSON.stringify(spans)}`)
  return { inner, innerRun, outer, outerRun, inherited: JSON.parse(stdout) as Record<string, string> }
}

describe('a run', () => {
  test('that another run of the tool starts with childEnv() joins its trace, below the operation', async () => {
    const { inner, innerRun, outer, outerRun } = await nested()
    expect(innerRun.parentSpanId).toBe(outer.spanId)
    expect(innerRun.flags).toBe(0x301)
    expect(outerRun.flags).toBe(0x101)
    expect(new Set([inner, innerRun, outer, outerRun].map((span) => span.traceId)).size).toBe(1)
  })

  test('does not continue the trace of TRACEPARENT', async () => {
    const { outerRun, inherited } = await nested({ TRACEPARENT: foreign })
    expect(outerRun.traceId).not.toBe(traceId)
    expect(outerRun.parentSpanId).toBeUndefined()
    expect(Object.keys(inherited)).toEqual(['A', 'CQ_TRACEPARENT'])
  })

  test('continues it with joinTraces, sampled or not, and passes it on', async () => {
    const { outerRun, inner, inherited } = await nested({ TRACEPARENT: foreign, JOIN: '1' })
    expect(outerRun).toMatchObject({ traceId, parentSpanId: spanId })
    expect(inherited).toEqual({
      A: 'a',
      CQ_TRACEPARENT: `00-${traceId}-${inner.spanId}-01`,
      TRACEPARENT: `00-${traceId}-${inner.spanId}-01`,
    })
  })

  test.each(['', 'garbage', foreign.replace('00-', 'ff-'), `00-${'0'.repeat(32)}-${spanId}-01`, `00-${traceId}-x-01`])(
    'begins its own trace if it inherits %j',
    async (inherited) => {
      const { outerRun } = await nested({ TRACEPARENT: inherited, CQ_TRACEPARENT: inherited, JOIN: '1' })
      expect(outerRun.parentSpanId).toBeUndefined()
    },
  )

  test('that is off inherits nothing and passes on nothing', async () => {
    const { stdout } = await runFixture('nested.mjs', place, { CQ_NO_TELEMETRY: '1', DEPTH: '0' })
    expect(JSON.parse(stdout)).toEqual({ A: 'a' })
  })
})

test('a later version of the header may have more fields', () => {
  expect(parseTraceParent(`01-${traceId}-${spanId}-01-more`)).toEqual({ traceId, spanId })
  expect(parseTraceParent(formatTraceParent({ traceId, spanId }))).toEqual({ traceId, spanId })
})
