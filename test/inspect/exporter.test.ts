import { type Attributes, trace } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { InspectSpanExporter } from '../../src/inspect/index.ts'
import { usePlace } from '../support/place.ts'
import { inspectLog } from '../support/program.ts'

/** The exporter in a provider of the host's own. */

const place = usePlace()

const inspect = async (record: (start: (name: string, attributes: Attributes) => void) => void) => {
  let text = ''
  const exporter = new InspectSpanExporter({
    logFile: join(place.cwd, 'inspect.log'),
    publicNames: { operations: ['build'] },
    print: (printed) => (text += printed),
  })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'mytool', 'host.name': 's3cret', 'geo.country.iso_code': 'FR' }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer("the host's own")
  const link = { context: trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 }) }
  record((name, attributes) => {
    const span = tracer.startSpan(name, { attributes, links: [{ context: link.context.spanContext() }] })
    span.addEvent('s3cret')
    span.setStatus({ code: 2, message: 's3cret' })
    span.end()
  })
  await provider.shutdown()
  return { text, log: inspectLog(place, 'inspect.log') }
}

test('accepts spans of any tracer, and shows what no exporter sends as removed, without its values', async () => {
  const { text, log } = await inspect((start) => {
    start('s3cret', { 'cq.span.type': 'operation', 'cq.operation.name': 'build', 'http.url': 's3cret' })
    start('s3cret', { 'http.url': 's3cret' })
    start('s3cret', { 'cq.span.type': 's3cret' })
  })
  expect(log.filter(({ message }) => message === 'inspect span').map(({ span }) => span)).toEqual(['build'])
  expect(log.filter(({ message }) => message === 'inspect analytics event').map(({ event }) => event)).toEqual([
    'operation',
  ])
  const removed = [
    ['(a whole span)', 'it has no cq.span.type of the table', 2],
    ['http.url', 'it is not in the table', 1],
    ['(a status message)', 'it is never read', 1],
    ['(an event)', 'it is never read', 1],
    ['(a link)', 'it is never read', 1],
    ['host.name', 'it is not in the table', 1],
    ['geo.country.iso_code', 'only a collector may set it', 1],
  ].map(([what, reason, count]) => ({ what, reason, count }))
  expect(log.at(-1)).toMatchObject({ message: 'inspect removed', data: removed })
  for (const { what, reason } of removed)
    expect(text).toMatch(new RegExp(`${String(what).replace(/[()]/g, '\\$&')} +${String(reason)}`))
  expect(text + JSON.stringify(log)).not.toContain('s3cret')
})

test('shows what is removed from a resource once, however many spans share it', async () => {
  const { log } = await inspect((start) => {
    for (let count = 0; count < 3; count++) start('build', { 'cq.span.type': 'operation' })
  })
  expect(log.at(-1)?.data).toContainEqual({ what: 'host.name', reason: 'it is not in the table', count: 1 })
})
