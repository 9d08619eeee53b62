import { randomBytes, randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { toReadableSpans } from '../../src/otlp/readable-span.ts'
import type { SanitizedResource, SanitizedSpan } from '../../src/schema/sanitize.ts'
import { record } from './record.ts'

/** Many clients, each a run of a tool of its own, as its child sends it. */

export type Encoding = 'json' | 'protobuf'

interface Template {
  readonly resource: SanitizedResource
  readonly spans: readonly SanitizedSpan[]
}

/** A fetch of two providers with so many resources, as a real recorder makes it. */
export const fetchTemplate = (resources: number): Template => {
  const run = record(undefined, {}, { 'cq.random_id_persisted': true, 'cq.terminal': true, 'os.type': 'linux' })
  run.operations.operation('fetch', (operation) => {
    for (const name of ['aws', 'gcp']) {
      operation.provider({ name, version: 'v1.0.0' }, (provider) => {
        for (let index = 0; index < resources / 2; index++) {
          provider.resource(`service${index % 20}.resource${index}`, (unit) => unit.count(42))
        }
      })
    }
  })
  run.end(0)
  return { resource: run.resource(), spans: run.spans }
}

export interface Client {
  readonly body: Uint8Array
  readonly spanIds: readonly string[]
}

/** The template with ids of its own. */
export const clientOf = ({ resource, spans }: Template, encoding: Encoding, gzip = true): Client => {
  const traceId = randomBytes(16).toString('hex')
  const ids = new Map(spans.map(({ spanId }) => [spanId, randomBytes(8).toString('hex')]))
  const own = spans.map((span) => ({
    ...span,
    traceId,
    spanId: ids.get(span.spanId) as string,
    parentSpanId: span.parentSpanId && ids.get(span.parentSpanId),
  }))
  const attributes = {
    ...resource.attributes,
    'service.instance.id': randomUUID(),
    'app.installation.id': randomUUID(),
  }
  const serializer = encoding === 'json' ? JsonTraceSerializer : ProtobufTraceSerializer
  const body = serializer.serializeRequest(toReadableSpans({ ...resource, attributes }, own)) ?? new Uint8Array()
  return { body: gzip ? gzipSync(body) : body, spanIds: [...ids.values()] }
}

interface Sending {
  readonly url: string
  readonly encoding?: Encoding
  readonly gzip?: boolean
  readonly headers?: Readonly<Record<string, string>>
  readonly concurrency?: number
}

/** The status of one request; 0 where there was no answer. */
const post = ({ url, encoding = 'json', gzip = true, headers }: Sending, body: Uint8Array, agent: Agent) =>
  new Promise<number>((resolve) => {
    const sent = request(
      `${url}/v1/traces`,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': encoding === 'json' ? 'application/json' : 'application/x-protobuf',
          'content-length': body.length,
          ...(gzip && { 'content-encoding': 'gzip' }),
          ...headers,
        },
      },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
        response.on('error', () => resolve(0))
      },
    )
    sent.on('error', () => resolve(0))
    sent.end(body)
  })

export interface Loaded {
  /** Ids of the spans that were taken. */
  readonly taken: Set<string>
  /** Requests that were refused for good. */
  readonly refused: number
  readonly retries: number
}

/** Sends each client's request until it is taken, as OTLP says: again after 429, 502, 503, 504 and a broken connection. */
export const load = async (sending: Sending, clients: Iterable<Client>): Promise<Loaded> => {
  const agent = new Agent({ keepAlive: true })
  const result = { taken: new Set<string>(), refused: 0, retries: 0 }
  const rest = clients[Symbol.iterator]()
  const one = async ({ body, spanIds }: Client): Promise<void> => {
    for (let tries = 0; tries < 600; tries++) {
      const status = await post(sending, body, agent)
      if (status === 200) return spanIds.forEach((id) => result.taken.add(id))
      if (![0, 429, 502, 503, 504].includes(status)) return void (result.refused += 1)
      result.retries += 1
      await sleep(100)
    }
    result.refused += 1
  }
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); !next.done; next = rest.next()) await one(next.value)
  }
  await Promise.all(Array.from({ length: sending.concurrency ?? 16 }, worker))
  agent.destroy()
  return result
}

export function* clientsOf(count: number, encoding: Encoding, template = fetchTemplate(4)): Generator<Client> {
  for (let index = 0; index < count; index++) yield clientOf(template, encoding)
}
