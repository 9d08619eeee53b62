import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

/** A request as it arrived, its body decompressed. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly wireBytes: number
  readonly body: string
}

export type Answer = (request: Received, response: ServerResponse) => void

/** What Rudder and a collector answer when all is well. */
export const wellAnswer: Answer = (request, response) => {
  if (request.path === '/v1/traces') response.setHeader('content-type', 'application/json').end('{}')
  else response.end('ok')
}

export interface Receiver {
  readonly url: string
  readonly requests: Received[]
  /** Changes what is answered from now on. */
  answer: Answer
  close(): Promise<void>
}

const read = async (request: IncomingMessage): Promise<Received> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const wire = Buffer.concat(chunks)
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    wireBytes: wire.length,
    body: (request.headers['content-encoding'] === 'gzip' ? gunzipSync(wire) : wire).toString('utf8'),
  }
}

/** A real server on loopback, for OTLP and for Rudder, that keeps what it gets. */
export const startReceiver = async (answer: Answer = wellAnswer): Promise<Receiver> => {
  const requests: Received[] = []
  const server = createServer((request, response) => {
    read(request).then(
      (received) => {
        requests.push(received)
        receiver.answer(received, response)
      },
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return receiver
}

export interface Track {
  readonly type: string
  readonly messageId: string
  readonly anonymousId: string
  readonly userId?: string
  readonly event: string
  readonly originalTimestamp: string
  readonly sentAt: string
  readonly context: Record<string, unknown>
  readonly properties: Record<string, unknown>
  readonly channel: string
  readonly request_ip: string
}

/** The track calls that arrived. */
export const tracksOf = (requests: readonly Received[]): Track[] =>
  requests
    .filter(({ path }) => path === '/v1/batch')
    .flatMap(({ body }) => (JSON.parse(body) as { batch: Track[] }).batch)

type AnyValue = Record<string, unknown>
export interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly status: { code: number; message?: string }
  readonly attributes: { key: string; value: AnyValue }[]
  readonly events: unknown[]
  readonly links: unknown[]
}
interface ResourceSpans {
  readonly resource: { attributes: { key: string; value: AnyValue }[] }
  readonly scopeSpans: { scope: { name: string }; spans: OtlpSpan[] }[]
}

const resourceSpansOf = (requests: readonly Received[]): ResourceSpans[] =>
  requests
    .filter(({ path }) => path === '/v1/traces')
    .flatMap(({ body }) => (JSON.parse(body) as { resourceSpans: ResourceSpans[] }).resourceSpans)

/** The spans that arrived. */
export const spansOf = (requests: readonly Received[]): OtlpSpan[] =>
  resourceSpansOf(requests).flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))

/** The attributes of the resources that arrived, one object for each. */
export const resourcesOf = (requests: readonly Received[]): Record<string, unknown>[] =>
  resourceSpansOf(requests).map(({ resource }) => attributesOf(resource))

const valueOf = (value: AnyValue): unknown => {
  const list = value['arrayValue'] as { values?: AnyValue[] } | undefined
  if (list) return (list.values ?? []).map(valueOf)
  // A collector writes 64-bit integers as texts.
  return 'intValue' in value ? Number(value['intValue']) : Object.values(value)[0]
}

/** The attributes of a span or a resource as a plain object. */
export const attributesOf = ({
  attributes = [],
}: {
  attributes?: { key: string; value: AnyValue }[]
}): Record<string, unknown> => Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]))
