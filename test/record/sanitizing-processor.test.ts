import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { context, trace } from '@opentelemetry/api'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { expect, test, vi } from 'vitest'
import { distro } from '../../src/schema/distro.ts'
import { type Removal, SanitizingSpanProcessor } from '../../src/record/sanitizing-processor.ts'
import { RudderSpanExporter } from '../../src/deliver/rudder-exporter.ts'
import { tracksOf } from '../support/receiver.ts'
import { useReceiver } from '../support/place.ts'

/** Our processor in a provider of the host's own. */

const receiver = useReceiver()

const publicNames = { operations: ['fetch'], providers: ['aws'], resources: ['ec2.instances'] }
const resource = { 'service.name': 'host', 'service.version': '1.2.3', 'host.name': 'db01.corp' }

type Resource = ReturnType<typeof resourceFromAttributes>

/** Without the ids of parents, whose random digits may be those of a planted value. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (key, each: unknown) => (key === 'parentSpanContext' ? undefined : each))

/** Values that have the shape of the table. */
const anything = {
  'service.name': 's3cret',
  'vcs.ref.head.revision': '5ec4e75ec4e7',
  'app.installation.id': '5ec4e75e-c4e7-5ec4-5ec4-5ec4e75ec4e7',
  'cq.hash.host': '5ec4e7'.padEnd(40, '0'),
}
const variables = Object.entries(anything)
  .map((pair) => pair.join('='))
  .join()

const fromEnvironment = (env: Record<string, string>): Resource => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  try {
    return detectResources({ detectors: [envDetector] })
  } finally {
    vi.unstubAllEnvs()
  }
}

const slow = (): Resource => {
  const attributes = Object.fromEntries(Object.entries(anything).map(([key, value]) => [key, Promise.resolve(value)]))
  return detectResources({ detectors: [{ detect: () => ({ attributes }) }] })
}

const record = (provider: BasicTracerProvider): void => {
  const tracer = provider.getTracer('any')
  const child = (name: string, attributes: Record<string, string | number>, parent = context.active()) => {
    const span = tracer.startSpan(name, { attributes }, parent)
    return { span, inside: trace.setSpan(parent, span) }
  }
  const fetch = child('GET /home/me', {
    'cq.span.type': 'operation',
    'cq.operation.name': 'fetch',
    'http.url': 'https://x',
  })
  const aws = child('p', { 'cq.span.type': 'provider', 'cq.provider.name': 'aws' }, fetch.inside)
  for (const count of [40, 2]) {
    const { span } = child(
      'r',
      { 'cq.span.type': 'resource', 'cq.resource.name': 'ec2.instances', 'cq.resource.count': count },
      aws.inside,
    )
    span.recordException(new Error('hunter2'))
    span.end()
  }
  aws.span.end()
  fetch.span.end()
  child('something of the host', { 'db.statement': 'SELECT hunter2' }).span.end()
}

test("passes on what the table allows, with the sums, and nothing else of the host's", () => {
  const exporter = new InMemorySpanExporter()
  const next = new SimpleSpanProcessor(exporter)
  record(new BasicTracerProvider({ spanProcessors: [new SanitizingSpanProcessor({ next, publicNames, resource })] }))
  const spans = exporter.getFinishedSpans()
  expect(spans.map(({ name }) => name)).toEqual(['ec2.instances', 'ec2.instances', 'aws', 'fetch'])
  expect(spans.at(-1)?.attributes).toMatchObject({ 'cq.resources.count': 42, 'cq.resources.fetches': 2 })
  expect(spans.at(-1)?.resource.attributes).toEqual({ 'service.name': 'host', 'service.version': '1.2.3' })
  expect(textOf(spans).replaceAll(distro.schemaUrl, '')).not.toMatch(/hunter2|\/home\/me|db01|https:/)
})

test("leaves the host's spans unchanged for its other processors", () => {
  const exporter = new InMemorySpanExporter()
  const sanitizing = new SanitizingSpanProcessor({ next: new SimpleSpanProcessor(new InMemorySpanExporter()) })
  const provider = new BasicTracerProvider({
    spanProcessors: [sanitizing, new SimpleSpanProcessor(exporter)],
  })
  record(provider)
  provider
    .getTracer('any')
    .startSpan('policy', { attributes: { 'cq.span.type': 'policy', 'cq.policy.name': 'my-rules' } })
    .end()
  expect(exporter.getFinishedSpans().map(({ attributes }) => attributes)).toEqual([
    { 'cq.span.type': 'resource', 'cq.resource.name': 'ec2.instances', 'cq.resource.count': 40 },
    { 'cq.span.type': 'resource', 'cq.resource.name': 'ec2.instances', 'cq.resource.count': 2 },
    { 'cq.span.type': 'provider', 'cq.provider.name': 'aws' },
    { 'cq.span.type': 'operation', 'cq.operation.name': 'fetch', 'http.url': 'https://x' },
    { 'db.statement': 'SELECT hunter2' },
    { 'cq.span.type': 'policy', 'cq.policy.name': 'my-rules' },
  ])
})

test('two processors in one provider each pass on the sums once', () => {
  const exporters = [new InMemorySpanExporter(), new InMemorySpanExporter()]
  const spanProcessors = exporters.map(
    (exporter) => new SanitizingSpanProcessor({ next: new SimpleSpanProcessor(exporter), publicNames }),
  )
  record(new BasicTracerProvider({ spanProcessors }))
  for (const exporter of exporters) {
    expect(exporter.getFinishedSpans().at(-1)?.attributes).toMatchObject({
      'cq.resources.count': 42,
      'cq.resources.fetches': 2,
    })
  }
})

test('passes on one resource for all spans, so that an exporter writes it once', () => {
  const exporter = new InMemorySpanExporter()
  const next = new SimpleSpanProcessor(exporter)
  record(new BasicTracerProvider({ spanProcessors: [new SanitizingSpanProcessor({ next, resource })] }))
  expect(new Set(exporter.getFinishedSpans().map((span) => span.resource)).size).toBe(1)
})

test('reports removed spans, attributes, events and resource attributes, without their values', () => {
  const removed: Removal[] = []
  const next = new SimpleSpanProcessor(new InMemorySpanExporter())
  const onRemoved = (removals: readonly Removal[]) => void removed.push(...removals)
  record(
    new BasicTracerProvider({
      spanProcessors: [new SanitizingSpanProcessor({ next, publicNames, resource, onRemoved })],
    }),
  )
  expect(removed).toEqual([
    { what: 'host.name', reason: 'it is not in the table' },
    { what: '(an event)', reason: 'it is never read' },
    { what: '(an event)', reason: 'it is never read' },
    { what: 'http.url', reason: 'it is not in the table' },
    { what: '(a whole span)', reason: 'it has no cq.span.type of the table' },
  ])
})

test('feeds RudderSpanExporter with complete events', async () => {
  const next = new SimpleSpanProcessor(
    new RudderSpanExporter({ writeKey: 'key', dataPlaneUrl: receiver.url, publicNames }),
  )
  const provider = new BasicTracerProvider({
    spanProcessors: [new SanitizingSpanProcessor({ next, publicNames, resource })],
  })
  record(provider)
  await provider.shutdown()
  expect(tracksOf(receiver.requests)).toMatchObject([
    { event: 'fetch', properties: { fetch_provider: 'aws', fetch_total_resources_count: 42 } },
  ])
})

test.each<[string, () => Resource]>([
  ['OTEL_SERVICE_NAME', () => fromEnvironment({ OTEL_SERVICE_NAME: 's3cret' })],
  ['OTEL_RESOURCE_ATTRIBUTES', () => fromEnvironment({ OTEL_RESOURCE_ATTRIBUTES: variables })],
  ['a detector', () => detectResources({ detectors: [{ detect: () => ({ attributes: anything }) }] })],
  ['a detector that takes its time', () => slow()],
  ['the host', () => resourceFromAttributes(anything)],
])('hands on nothing of a resource by %s', async (_, made) => {
  const exporter = new InMemorySpanExporter()
  const removed: Removal[] = []
  const own = made()
  const sanitizing = new SanitizingSpanProcessor({
    next: new SimpleSpanProcessor(exporter),
    resource,
    onRemoved: (removals) => void removed.push(...removals),
  })
  const provider = new BasicTracerProvider({ resource: own, spanProcessors: [sanitizing] })
  record(provider)
  await own.waitForAsyncAttributes?.()
  record(provider)
  const spans = exporter.getFinishedSpans()
  expect(spans.length).toBeGreaterThan(0)
  for (const span of spans)
    expect(span.resource.attributes).toEqual({ 'service.name': 'host', 'service.version': '1.2.3' })
  expect(textOf([spans, removed])).not.toMatch(/s3cret|5ec4e7/)
})
