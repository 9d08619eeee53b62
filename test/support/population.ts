import { randomUUID } from 'node:crypto'
import { alreadyPublic } from '../../src/schema/names.ts'
import { sanitizeSpan } from '../../src/schema/sanitize.ts'
import { type Batch, encodeLine } from '../../src/otlp/encode.ts'
import { record } from './record.ts'

/** Users and their runs over two weeks, of which all that a report should say is known. */

export const users = { first: randomUUID(), second: randomUUID(), third: randomUUID() }
const digests = { one: 'a'.repeat(40), other: 'b'.repeat(40) }

interface Run {
  readonly day: string
  readonly user?: string
  readonly ci?: string
  readonly version?: string
  readonly database?: string
  readonly fails?: true
}

/** Monday to Tuesday of two weeks. The duration of the n-th operation is n × 100 ms. */
export const runs: readonly Run[] = [
  { day: '2026-11-02', user: users.first, database: '7301234567890123456' },
  { day: '2026-11-02', user: users.first, database: '7301234567890123456' },
  { day: '2026-11-03', user: users.second, fails: true },
  { day: '2026-11-03', ci: digests.one },
  { day: '2026-11-03', ci: digests.one },
  { day: '2026-11-09', user: users.first, version: '1.3.0' },
  { day: '2026-11-10', user: users.third, version: '1.3.0' },
  { day: '2026-11-10', ci: digests.other, version: '1.3.0' },
]

const factsOf = ({ user, ci, version = '1.2.3', database }: Run) => ({
  'service.version': version,
  'service.instance.id': randomUUID(),
  'app.installation.id': user,
  'cq.ci': ci !== undefined,
  'cq.config.hash': ci,
  'cq.database.id': database,
  'os.type': 'linux',
})

/** A fetch of two resources, of which one has 10 items and is fetched twice. */
const recorded = (run: Run): Batch => {
  const recorder = record(undefined, {}, factsOf(run))
  try {
    recorder.operations.operation('fetch', (operation) => {
      operation.provider({ name: 'aws', version: 'v1.0.0' }, (provider) => {
        provider.resource('ec2.instances', (unit) => unit.count(4))
        provider.resource('ec2.instances', (unit) => unit.count(6))
        provider.resource('s3.buckets', (unit) => unit.count(1))
      })
      if (run.fails) throw new TypeError('a secret')
    })
  } catch {
    // The run ends with it.
  }
  recorder.end(run.fails ? 1 : 0)
  return { resource: recorder.resource(), spans: recorder.spans }
}

/** The same at ten o'clock of its day, its operation of a known length, its resources of 40 ms each. */
const at = ({ resource, spans }: Batch, { day }: Run, index: number): Batch => {
  const seconds = Date.parse(`${day}T10:00:00Z`) / 1000
  return {
    resource,
    spans: spans.map((span) => ({
      ...span,
      startTime: [seconds, 0],
      endTime: [seconds, span.type === 'operation' ? (index + 1) * 100_000_000 : 1_000_000],
      attributes: {
        ...span.attributes,
        ...(span.type === 'operation' && { 'cq.resources.durations_ms': [80, 40] }),
      },
    })),
  }
}

const withoutProvider = (batch: Batch): Batch => ({
  ...batch,
  spans: batch.spans.filter(({ type }) => type !== 'provider'),
})

/** A report of three events that were too old. */
const losses = (batch: Batch): Batch => {
  const span = sanitizeSpan(
    {
      traceId: 'c'.repeat(32),
      spanId: 'c'.repeat(16),
      parentSpanId: undefined,
      startTime: [1_793_000_000, 0],
      endTime: [1_793_000_000, 0],
      attributes: { 'cq.span.type': 'delivery', 'cq.lost.expired': 3 },
    },
    batch.resource,
    alreadyPublic,
  )
  return { ...batch, spans: span ? [span] : [] }
}

/** Batches of all runs: the first comes twice, and the last but one lacks a span. */
export const population = (): Batch[] => {
  const batches = runs.map((run, index) => at(recorded(run), run, index))
  const [first] = batches as [Batch]
  return [...batches.map((batch, index) => (index === 6 ? withoutProvider(batch) : batch)), first, losses(first)]
}

export const linesOf = (batches: readonly Batch[]): string => batches.map(encodeLine).join('')
