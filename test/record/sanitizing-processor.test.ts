import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { context, trace } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { expect, test } from 'vitest'
import { SanitizingSpanProcessor } from '../../src/record/sanitizing-processor.ts'
import { RudderSpanExporter } from '../../src/deliver/rudder-exporter.ts'
import { tracksOf } from '../support/receiver.ts'
import { useReceiver } from '../support/place.ts'

/** Our processor in a provider of the host's own. */

const receiver = useReceiver()

const publicNames = { operations: ['fetch'], providers: ['aws'], resources: ['ec2.instances'] }
const resource = resourceFromAttributes({
  'service.name': 'host',
  'service.version': '1.2.3',
  'host.name': 'db01.corp',
})

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

test('hands on what the table allows, with the sums, and nothing of the host’s own', () => {
  const exporter = new InMemorySpanExporter()
  const next = new SimpleSpanProcessor(exporter)
  record(new BasicTracerProvider({ resource, spanProcessors: [new SanitizingSpanProcessor({ next, publicNames })] }))
  const spans = exporter.getFinishedSpans()
  expect(spans.map(({ name }) => name)).toEqual(['ec2.instances', 'ec2.instances', 'aws', 'fetch'])
  expect(spans.at(-1)?.attributes).toMatchObject({ 'cq.resources.count': 42, 'cq.resources.fetches': 2 })
  expect(spans.at(-1)?.resource.attributes).toEqual({ 'service.name': 'host', 'service.version': '1.2.3' })
  expect(JSON.stringify(spans)).not.toMatch(/hunter2|\/home\/me|db01|https:/)
})

test('feeds RudderSpanExporter with complete events', async () => {
  const next = new SimpleSpanProcessor(
    new RudderSpanExporter({ writeKey: 'key', dataPlaneUrl: receiver.url, publicNames }),
  )
  const provider = new BasicTracerProvider({
    resource,
    spanProcessors: [new SanitizingSpanProcessor({ next, publicNames })],
  })
  record(provider)
  await provider.shutdown()
  expect(tracksOf(receiver.requests)).toMatchObject([
    { event: 'fetch', properties: { fetch_provider: 'aws', fetch_total_resources_count: 42 } },
  ])
})
