import { setMaxListeners } from 'node:events'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { toReadableSpans } from '../../src/otlp/readable-span.ts'
import type { Encoding } from './load.ts'
import { field, tag } from './protobuf.ts'
import { record } from './record.ts'

/** Attacks on a server of OTLP/HTTP by one that has its address. Each ends by itself, or when it is told to. */

export interface Attack {
  readonly name: string
  /** Makes what is sent, which may take longer than sending it. */
  readonly prepare: () => Run
}

type Run = (target: Target) => Promise<void>

export interface Target {
  readonly url: URL
  readonly signal: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
}

const times = (count: number, content: Uint8Array | string): Buffer =>
  Buffer.alloc(count * content.length, Buffer.from(content))
/** The value of an attribute that is an array, whose only member is an array, and so on. */
const nestedArrays = (depth: number): Buffer => {
  let value: Buffer = Buffer.alloc(0)
  // Its time grows with the square of the depth.
  for (let level = 0; level < depth; level++) value = field(5, field(1, value))
  return value
}

const ours = field(1, field(1, 'cq-telemetry'))
const inScope = (spans: Uint8Array): Buffer => field(1, field(2, Buffer.concat([ours, spans])))
const inSpan = (content: Uint8Array): Buffer => inScope(field(2, content))
const attribute = (value: Uint8Array): Buffer => field(9, Buffer.concat([field(1, 'cq.span.type'), field(2, value)]))

const million = 1_000_000

/** Bodies that are small on the wire and large when they are read. */
const protobufBodies: Readonly<Record<string, () => Buffer>> = {
  'empty spans': () => inScope(times(3 * million, field(2, ''))),
  '490,000 empty spans': () => inScope(times(490_000, field(2, ''))),
  'empty resources': () => times(3 * million, field(1, '')),
  'empty scopes': () => field(1, times(3 * million, field(2, ''))),
  'unknown fields': () => field(1, field(2, times(3 * million, field(99, '')))),
  'empty attributes': () => inSpan(times(3 * million, field(9, ''))),
  'attributes of a resource': () => field(1, field(1, times(million, field(1, field(1, 'k'))))),
  'values of an attribute': () => inSpan(attribute(field(5, times(3 * million, field(1, ''))))),
  'arrays in arrays': () => inSpan(attribute(nestedArrays(10_000))),
  'groups in groups': () => inSpan(times(3 * million, Uint8Array.from(tag(99, 3)))),
  'endless numbers': () => times(6 * million, Uint8Array.from([255])),
  'names of scopes': () => field(1, times(million, field(2, field(1, field(1, 'x'))))),
}

const jsonScope = (spans: string): string =>
  `{"resourceSpans":[{"scopeSpans":[{"scope":{"name":"cq-telemetry"},"spans":[${spans}]}]}]}`
const jsonSpan = (attributes: string): string => jsonScope(`{"attributes":[${attributes}]}`)
const list = (count: number, item: string): string => `${`${item},`.repeat(count - 1)}${item}`

const jsonBodies: Readonly<Record<string, () => string>> = {
  'empty spans': () => jsonScope(list(2 * million, '{}')),
  '320,000 empty spans': () => jsonScope(list(320_000, '{}')),
  'empty resources': () => `{"resourceSpans":[${list(2 * million, '{}')}]}`,
  'empty scopes': () => `{"resourceSpans":[{"scopeSpans":[${list(2 * million, '{}')}]}]}`,
  'unknown fields': () => `{${list(million, '"a":1')}}`,
  'empty attributes': () => jsonSpan(list(2 * million, '{}')),
  'attributes of a resource': () => `{"resourceSpans":[{"resource":{"attributes":[${list(million, '{"key":"k"}')}]}}]}`,
  'values of an attribute': () =>
    jsonSpan(`{"key":"cq.span.type","value":{"arrayValue":{"values":[${list(2 * million, '0')}]}}}`),
  'arrays in arrays': () => jsonSpan(`${'['.repeat(2 * million)}${']'.repeat(2 * million)}`),
  'one repeated key': () => `{${list(million, '"resourceSpans":[]')}}`,
  'one long text': () => `{"a":"${'\\"'.repeat(3 * million)}"}`,
}

const contentTypes: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
}

/** Spans that are as ours: runs, or operations with many attributes. */
const ourSpans = (count: number, encoding: Encoding, wanted: 'run' | 'operation'): Uint8Array => {
  const recorded = record(undefined, {}, { 'cq.random_id_persisted': true })
  recorded.operations.operation('fetch', (operation) => {
    for (let index = 0; index < 20; index++) {
      operation.provider({ name: `provider${index}`, version: 'v1.0.0' }, (provider) => {
        provider.resource('instances', (unit) => unit.count(42))
      })
    }
  })
  recorded.end(1)
  const spans = Array.from({ length: count }, () => recorded.spans.filter(({ type }) => type === wanted)).flat()
  const serializer = encoding === 'json' ? JsonTraceSerializer : ProtobufTraceSerializer
  return serializer.serializeRequest(toReadableSpans(recorded.resource(), spans)) ?? new Uint8Array()
}

/** Sends a request; resolves when it is answered or broken. */
const post = (target: Target, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<void> =>
  new Promise((resolve) => {
    const sent = request(target.url, {
      method: 'POST',
      agent: new Agent(),
      signal: target.signal,
      headers: { ...target.headers, ...headers, 'content-length': body.length },
    })
    sent.on('response', (response) => response.resume())
    sent.on('error', () => resolve())
    sent.on('close', resolve)
    sent.end(body)
  })

const requestsAtOnce = 32

const sent =
  (compressed: () => Uint8Array, encoding: Encoding): Attack['prepare'] =>
  () => {
    const bytes = compressed()
    const headers = { 'content-type': contentTypes[encoding], 'content-encoding': 'gzip' }
    return async (target) => {
      setMaxListeners(0, target.signal)
      await Promise.all(Array.from({ length: requestsAtOnce }, () => post(target, bytes, headers)))
    }
  }

const compressed = (body: () => Uint8Array | string, encoding: Encoding) => sent(() => gzipSync(body()), encoding)

/** How long an attack goes on that has no end of its own. */
const attackMs = 4_000

const head = ({ headers = {} }: Target, more: readonly string[]): string =>
  [
    'POST /v1/traces HTTP/1.1',
    'host: bridge',
    'content-type: application/json',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...more,
    '\r\n',
  ].join('\r\n')

type Writes = (socket: Socket, target: Target, over: () => boolean) => Promise<void> | void

const written = (socket: Socket, data: Uint8Array | string): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) return resolve()
    socket.write(data, () => resolve())
  })

/** Sockets that stay open until the attack is over, with what each writes. A socket that is closed is opened again. */
const sockets =
  (count: number, writes: Writes): Attack['prepare'] =>
  () =>
  async (target) => {
    const end = performance.now() + attackMs
    const over = () => target.signal.aborted || performance.now() > end
    const one = async (): Promise<void> => {
      while (!over()) {
        const socket = connect(Number(target.url.port), target.url.hostname).setMaxListeners(0)
        const closed = new Promise((resolve) => socket.on('close', resolve))
        socket.on('error', () => undefined).resume()
        // Also while a write waits for a server that does not read.
        const ending = setInterval(() => over() && socket.destroy(), 100)
        await writes(socket, target, over)
        await closed
        clearInterval(ending)
        await sleep(50)
      }
    }
    await Promise.all(Array.from({ length: count }, one))
  }

const drip = async (socket: Socket, over: () => boolean, data: string, pauseMs: number): Promise<void> => {
  while (!over() && !socket.destroyed) {
    await written(socket, data)
    // At least a round of the event loop: a write may be over at once.
    await sleep(pauseMs)
  }
}

const megabyte = Buffer.alloc(million, 32)

const ofConnections: readonly Attack[] = [
  {
    name: '100 bodies of which the last byte never comes',
    prepare: sockets(100, async (socket, target) => {
      await written(socket, head(target, ['content-length: 3900000']))
      for (let index = 0; index < 3; index++) await written(socket, megabyte)
    }),
  },
  {
    name: '100 compressed bodies of which the last byte never comes',
    prepare: sockets(100, async (socket, target) => {
      const body = gzipSync(Buffer.alloc(7 * million, 32))
      await written(socket, head(target, ['content-encoding: gzip', 'content-length: 3900000']))
      await written(socket, body.subarray(0, -20))
    }),
  },
  {
    name: '100 bodies of which a byte comes now and then',
    prepare: sockets(100, async (socket, target, over) => {
      await written(socket, head(target, ['content-length: 3900000']))
      await drip(socket, over, ' ', 100)
    }),
  },
  {
    name: 'bodies in pieces of one byte',
    prepare: sockets(8, async (socket, target, over) => {
      await written(socket, head(target, ['transfer-encoding: chunked']))
      await drip(socket, over, '1\r\n \r\n'.repeat(10_000), 0)
    }),
  },
  {
    name: 'bodies in pieces with long extensions',
    prepare: sockets(8, async (socket, target, over) => {
      await written(socket, head(target, ['transfer-encoding: chunked']))
      await drip(socket, over, `1;${'x'.repeat(4_000)}\r\n \r\n`, 0)
    }),
  },
  {
    name: 'bodies that never end',
    prepare: sockets(8, async (socket, target, over) => {
      await written(socket, head(target, ['transfer-encoding: chunked']))
      await drip(socket, over, `f4240\r\n${megabyte.toString()}\r\n`, 0)
    }),
  },
  {
    name: 'headers that come slowly',
    prepare: sockets(500, async (socket, _, over) => {
      await written(socket, 'POST /v1/traces HTTP/1.1\r\n')
      await drip(socket, over, 'a: b\r\n', 500)
    }),
  },
  {
    name: 'headers without end',
    prepare: sockets(8, async (socket, _, over) => {
      await written(socket, 'POST /v1/traces HTTP/1.1\r\n')
      await drip(socket, over, `a: ${'b'.repeat(1_000)}\r\n`, 0)
    }),
  },
  { name: '2,000 connections that say nothing', prepare: sockets(2_000, () => undefined) },
  {
    name: '2,000 connections that are kept after an answer',
    prepare: sockets(2_000, (socket) => written(socket, 'GET /health HTTP/1.1\r\nhost: bridge\r\n\r\n')),
  },
  {
    name: 'requests without waiting for an answer',
    prepare: sockets(16, (socket, _, over) =>
      drip(socket, over, 'GET /health HTTP/1.1\r\nhost: bridge\r\n\r\n'.repeat(1_000), 0),
    ),
  },
  {
    name: 'answers that are not read',
    prepare: sockets(16, async (socket, target, over) => {
      socket.pause()
      await drip(socket, over, `${head(target, ['content-length: 2'])}{}`, 0)
    }),
  },
  {
    name: 'lengths that are lies',
    prepare: sockets(50, async (socket, target) => {
      await written(socket, head(target, ['content-length: 5', 'transfer-encoding: chunked']))
      await written(socket, head(target, ['content-length: 99999999999999999999']))
    }),
  },
  {
    name: 'bodies that are announced and never come',
    prepare: sockets(200, (socket, target) =>
      written(socket, head(target, ['expect: 100-continue', 'content-length: 3900000'])),
    ),
  },
]

const bombs: readonly Attack[] = [
  { name: 'gzip of 100 MB of nothing', prepare: compressed(() => Buffer.alloc(100 * million), 'json') },
  {
    name: 'gzip of many members',
    prepare: sent(() => times(1_000, gzipSync(megabyte)), 'json'),
  },
  { name: 'gzip of 150,000 empty members', prepare: sent(() => times(150_000, gzipSync('')), 'json') },
]

const ofBodies = (bodies: Readonly<Record<string, () => Uint8Array | string>>, encoding: Encoding): Attack[] =>
  Object.entries(bodies).map(([name, body]) => ({ name: `${name}, ${encoding}`, prepare: compressed(body, encoding) }))

const ofOurSpans = (['json', 'protobuf'] as const).flatMap((encoding) => [
  { name: `1,000 wide spans of ours, ${encoding}`, spans: () => ourSpans(1_000, encoding, 'operation'), encoding },
  { name: `8,000 spans of ours, ${encoding}`, spans: () => ourSpans(8_000, encoding, 'run'), encoding },
])

export const attacks: readonly Attack[] = [
  ...ofBodies(protobufBodies, 'protobuf'),
  ...ofBodies(jsonBodies, 'json'),
  ...ofOurSpans.map(({ name, spans, encoding }) => ({ name, prepare: compressed(spans, encoding) })),
  ...bombs,
  ...ofConnections,
]

const honestBody = Buffer.from(ourSpans(1, 'protobuf', 'operation'))

/** As the collector's exporter, which tries again after it. */
const answerMs = 10_000

/** What a collector does meanwhile: the status of a request of its own, 0 where there was no answer. */
export const honestRequest = (url: URL, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
  new Promise((resolve) => {
    const sent = request(url, {
      method: 'POST',
      agent: new Agent(),
      signal: AbortSignal.timeout(answerMs),
      headers: { ...headers, 'content-type': contentTypes.protobuf, 'content-length': honestBody.length },
    })
    sent.on('response', (response) => {
      response.resume().on('error', () => resolve(0))
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    sent.on('error', () => resolve(0))
    sent.end(honestBody)
  })
