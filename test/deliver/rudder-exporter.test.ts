import { SpanStatusCode } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RudderSpanExporter, type RudderSpanExporterOptions } from '../../src/deliver/rudder-exporter.ts'
import { troubles } from '../support/networks.ts'
import { type Received, type Receiver, startReceiver, tracksOf } from '../support/receiver.ts'

/** The exporter in an ordinary OpenTelemetry pipeline, against real servers. */

let receiver: Receiver
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(() => receiver.close())

const writeKey = 'the-write-key'
const publicNames = { operations: ['build', 'test'], providers: ['aws'] }

type Reports = Parameters<NonNullable<RudderSpanExporterOptions['onReport']>>[0][]

/** Ends a span for each name, and waits until the exporter is done with them. */
const send = async (names: readonly string[], url: string, more: Partial<RudderSpanExporterOptions> = {}) => {
  const reports: Reports = []
  const exporter = new RudderSpanExporter({
    writeKey,
    dataPlaneUrl: url,
    publicNames,
    onReport: (report) => reports.push(report),
    ...more,
  })
  const results: { code: number; error?: Error }[] = []
  const waiting: Parameters<RudderSpanExporter['export']>[0] = []
  const collect = { export: (spans: typeof waiting) => waiting.push(...spans), shutdown: async () => undefined }
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'mytool',
      'service.version': '1.0.0',
      'geo.country.iso_code': 'FR',
    }),
    spanProcessors: [new SimpleSpanProcessor(collect)],
  })
  const tracer = provider.getTracer("the host's own")
  for (const name of names) {
    const span = tracer.startSpan('any name', {
      attributes: { 'cq.span.type': 'operation', 'cq.operation.name': name },
    })
    span.addEvent('secret event')
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'secret message' })
    span.end()
  }
  for (const type of [undefined, 'request']) {
    const span = provider.getTracer('cq-telemetry').startSpan('http', { attributes: { 'http.url': 'secret url' } })
    if (type !== undefined) span.setAttribute('cq.span.type', type)
    span.end()
  }
  await new Promise<void>((resolve) =>
    exporter.export(waiting, (result) => {
      results.push(result)
      resolve()
    }),
  )
  await exporter.shutdown()
  return { result: results[0], reports, results }
}

const operations = (requests: readonly Received[]) =>
  tracksOf(requests).map(({ properties }) => properties['operation'])

describe('a healthy data plane', () => {
  test('gets one gzipped batch with the write key as the user of Basic authentication', async () => {
    const { result, reports } = await send(['build', 'test'], receiver.url)
    expect(result).toEqual({ code: 0 })
    expect(reports).toMatchObject([{ outcome: { kind: 'delivered' }, delivered: 2 }])
    expect(receiver.requests).toHaveLength(1)
    const [{ path, method, headers, wireBytes, body } = {} as Received] = receiver.requests
    expect({ path, method }).toEqual({ path: '/v1/batch', method: 'POST' })
    expect(headers['authorization']).toBe(`Basic ${Buffer.from('the-write-key:').toString('base64')}`)
    expect(headers['content-encoding']).toBe('gzip')
    expect(wireBytes).toBeLessThan(body.length)
  })

  test('gets spans of any tracer, and nothing of spans without a known type, which are counted', async () => {
    const { reports } = await send(['build'], receiver.url)
    expect(tracksOf(receiver.requests)).toHaveLength(1)
    expect(receiver.requests[0]?.body).not.toMatch(/secret|any name/)
    expect(reports).toMatchObject([{ delivered: 1, leftOut: 2 }])
  })

  test('gets no country from a client, since only a collector may set it', async () => {
    await send(['build'], receiver.url)
    expect(receiver.requests[0]?.body).not.toContain('"FR"')
  })

  test('gets a name that is not public as private', async () => {
    await send(['build', 'rm -rf /home/me'], receiver.url)
    expect(operations(receiver.requests)).toEqual(['build', 'private'])
  })

  test('gets no request if there is nothing to send', async () => {
    const { result, reports } = await send([], receiver.url)
    expect(result).toEqual({ code: 0 })
    expect(reports).toMatchObject([{ delivered: 0, leftOut: 2 }])
    expect(receiver.requests).toEqual([])
  })
})

describe('a data plane that refuses', () => {
  const delivered: string[] = []
  const takeUnless = (refuse: (names: unknown[], bytes: number) => number | undefined) => {
    delivered.length = 0
    receiver.answer = (request, response) => {
      const names = operations([request])
      const status = refuse(names, request.body.length)
      if (status === undefined) delivered.push(...names.map(String))
      response.writeHead(status ?? 200).end('ok')
    }
  }
  const names = Array.from({ length: 16 }, (_, index) => (index === 11 ? 'bad' : 'build'))
  const withBad = { publicNames: { operations: ['build', 'bad'] } }

  test('one bad event does not lose the others', async () => {
    takeUnless((batch) => (batch.includes('bad') ? 400 : undefined))
    const { result, reports } = await send(names, receiver.url, withBad)
    expect(result).toEqual({ code: 0 })
    expect(delivered).toEqual(Array.from({ length: 15 }, () => 'build'))
    expect([...(reports[0]?.rejected ?? [])].map(([reason, events]) => [reason, events.length])).toEqual([
      ['status 400: not valid', 1],
    ])
  })

  test('a batch that is too large is split', async () => {
    takeUnless((_, bytes) => (bytes > 2_000 ? 413 : undefined))
    expect((await send(names, receiver.url)).result).toEqual({ code: 0 })
    expect(delivered).toHaveLength(16)
  })

  test('a server that calls everything invalid gets a limited number of requests', async () => {
    takeUnless(() => 400)
    const many = Array.from({ length: 300 }, () => 'build')
    expect((await send(many, receiver.url)).result?.code).toBe(1)
    expect(receiver.requests.length).toBeLessThanOrEqual(100)
  })

  test.each([401, 404, 410])('%i stops after one request, with a reason', async (status) => {
    takeUnless(() => status)
    const { result } = await send(names, receiver.url)
    expect(result?.error?.message).toMatch(new RegExp(`^status ${status}: `))
    expect(receiver.requests).toHaveLength(1)
  })

  test.each([
    [429, { 'retry-after': '1' }],
    [503, {}],
    [500, {}],
  ])('%i %o is tried again with the same messageId and a new sentAt', async (status, headers) => {
    let asked = 0
    receiver.answer = (_, response) => (asked++ === 0 ? response.writeHead(status, headers).end() : response.end('ok'))
    const started = performance.now()
    expect((await send(['build'], receiver.url)).result).toEqual({ code: 0 })
    if ('retry-after' in headers) expect(performance.now() - started).toBeGreaterThan(900)
    const [first, second] = tracksOf(receiver.requests)
    expect(second?.messageId).toBe(first?.messageId)
    expect(second?.originalTimestamp).toBe(first?.originalTimestamp)
    expect(Date.parse(String(second?.sentAt))).toBeGreaterThan(Date.parse(String(first?.sentAt)))
  })
})

describe('in any trouble the export fails within its deadline, and does not show the key', () => {
  test.each(Object.entries(troubles))('%s', async (_, trouble) => {
    const network = await trouble()
    const { result, results } = await send(['build'], network.url, { deadlineMs: 400 })
    expect(results).toHaveLength(1)
    expect(result?.code).toBe(1)
    expect(result?.error?.message).toMatch(/^[a-z0-9 ":,]+$/)
    expect(result?.error?.message).not.toContain(writeKey)
    await network.close()
  })

  test('a redirect is never followed', async () => {
    const network = await troubles.redirect()
    await send(['build'], network.url, { deadlineMs: 300 })
    expect(network.hits()).toBe(0)
    await network.close()
  })
})

describe('misuse', () => {
  test.each([
    ['writeKey', { writeKey: '', dataPlaneUrl: 'https://example.org' }],
    ['writeKey', { dataPlaneUrl: 'https://example.org' }],
    ['dataPlaneUrl', { writeKey }],
    ['dataPlaneUrl', { writeKey, dataPlaneUrl: 'ftp://example.org' }],
    ['dataPlaneUrl', { writeKey, dataPlaneUrl: 'example.org' }],
  ])('a wrong %s throws a TypeError that names it: %o', (option, options) => {
    expect(() => new RudderSpanExporter(options as never)).toThrow(TypeError)
    expect(() => new RudderSpanExporter(options as never)).toThrow(`option "${option}"`)
  })

  test('an export after the shutdown fails', async () => {
    const exporter = new RudderSpanExporter({ writeKey, dataPlaneUrl: receiver.url })
    await exporter.shutdown()
    const result = await new Promise<{ code: number }>((resolve) => exporter.export([], resolve))
    expect(result.code).toBe(1)
  })
})
