import { readFileSync, rmSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { createSecureServer } from 'node:http2'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { drain } from '../../src/deliver/drain.ts'
import { ensureChoice } from '../../src/consent/choice.ts'
import { idOf } from '../../src/deliver/rudder/event.ts'
import type { Batch } from '../../src/otlp/encode.ts'
import type { DestinationStates } from '../../src/spool/delivery-state.ts'
import { type DestinationName, newName } from '../../src/spool/name.ts'
import { SpoolFile } from '../../src/spool/writer.ts'
import { certificateIn } from '../support/certificate.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { attributesOf, type Received, spansOf, tracksOf, wellAnswer } from '../support/receiver.ts'
import { record } from '../support/record.ts'
import { batchesIn, consentFile, files, jobFor, spoolDirectory, spooled } from '../support/spool.ts'

/** The states of a network, each as a real server: what is kept, what is said, and when the next try is. */

const place = usePlace()
const receiver = useReceiver()
let generation: string
let close: (() => void)[]
beforeEach(() => {
  const choice = ensureChoice(consentFile(place))
  generation = choice.kind === 'enabled' ? choice.generation : ''
  close = []
})
afterEach(() => {
  for (const each of close) each()
  for (const name of proxyVariables) delete process.env[name]
})
const proxyVariables = ['HTTP_PROXY', 'HTTPS_PROXY']

/** Spools a run of one operation. */
const spool = (): void => {
  const run = record()
  run.operations.operation('fetch', () => undefined)
  run.end(0)
  const file = new SpoolFile(spoolDirectory(place), newName(generation, ['rudder', 'otlp'], 'jsonl'))
  file.append(run.resource(), run.spans)
  file.close()
}

const listen = async (server: Pick<Server, 'listen' | 'on' | 'address' | 'close'>): Promise<number> => {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => void sockets.add(socket.on('error', () => undefined)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  close.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

type Handle = (socket: Socket, path: string) => void

/** A server that handles each request when its first bytes are there. */
const raw = (handle: Handle) => async (): Promise<string> => {
  const server = createServer((socket) => {
    socket.once('data', (head: Buffer) => handle(socket.resume(), head.toString('latin1').split(' ')[1] ?? ''))
  })
  return `http://127.0.0.1:${await listen(server)}`
}

const head = (status: string, headers = '') => `HTTP/1.1 ${status}\r\n${headers}`
const answers = (status: string, headers = '', body = '') =>
  raw((socket) => socket.end(`${head(status, `${headers}Content-Length: ${body.length}\r\n`)}\r\n${body}`))

/** Writes as fast as the other side reads, without end. */
const flood = (socket: Socket, text: string): void => pour(socket, text.repeat(1 + Math.floor(100_000 / text.length)))
const pour = (socket: Socket, chunk: string): void => {
  while (!socket.destroyed && socket.write(chunk));
  if (!socket.destroyed) socket.once('drain', () => pour(socket, chunk))
}

const drip = (socket: Socket, text: string): void => {
  const timer = setInterval(() => socket.write(text), 20)
  socket.on('close', () => clearInterval(timer))
}

const atConnection = (handle: (socket: Socket) => void, scheme: string) => async (): Promise<string> =>
  `${scheme}://127.0.0.1:${await listen(createServer(handle))}`

const refused = async (): Promise<string> => {
  const port = await listen(createServer())
  for (const each of close.splice(0)) each()
  return `http://127.0.0.1:${port}`
}

/** The URL of a server that is never reached, by way of a proxy. */
const throughProxy = (variable: string, proxy: () => Promise<string>) => async (): Promise<string> => {
  process.env[variable] = await proxy()
  return variable === 'HTTPS_PROXY' ? 'https://telemetry.test' : 'http://telemetry.test'
}

const tlsServer = (name: string) => async (): Promise<string> => {
  const { key, certificate } = certificateIn(place.cwd, name)
  return `https://127.0.0.1:${await listen(createTlsServer({ key, cert: certificate.content }))}`
}

const http2Only = async (): Promise<string> => {
  const { key, certificate } = certificateIn(place.cwd, 'localhost')
  return `https://127.0.0.1:${await listen(createSecureServer({ key, cert: certificate.content }))}`
}

interface State {
  readonly server: () => Promise<string>
  /** What `status` says: the same of both destinations. */
  readonly says: RegExp
  /** Seconds until the next try. */
  readonly pause: number
  /** Milliseconds for the drain: a flood keeps this process busy too. */
  readonly ms?: number
}

const hour = 3_600
const day = 24 * hour
const network = (server: () => Promise<string>, code = '\\w+'): State => ({
  server,
  says: new RegExp(`^network \\(${code}\\)$`),
  pause: 10,
})
const silent = (server: () => Promise<string>): State => ({ server, says: /^timeout$/, pause: 10 })
const status = (code: number, headers = '', pause = 10): State => ({
  server: answers(`${code} Text`, headers),
  says: new RegExp(`^status ${code}`),
  pause,
  ms: 5_000,
})
const notOfProtocol = (server: () => Promise<string>, code = 200): State => ({
  server,
  says: new RegExp(`^status ${code}, but not of this protocol$`),
  pause: 10,
  ms: 5_000,
})
const refusesEverything = (code: number): State => ({
  server: answers(`${code} Text`),
  says: new RegExp(`^it refuses everything \\(status ${code}: .*\\)$`),
  pause: 10,
  ms: 20_000,
})

const keepsEverything: Readonly<Record<string, State>> = {
  'nobody listens': network(refused, 'ECONNREFUSED'),
  'a name that does not exist': network(async () => 'http://does-not-exist.invalid', 'E(?:NOTFOUND|AI_AGAIN)'),
  'closed at once': network(
    atConnection((socket) => socket.destroy(), 'http'),
    'ECONNRESET',
  ),
  'reset at once': network(
    atConnection((socket) => socket.resetAndDestroy(), 'http'),
    'ECONNRESET|EPIPE',
  ),
  'reset within the request': network(raw((socket) => socket.resetAndDestroy())),
  'closed within the headers': network(
    raw((socket) => socket.end(head('200 OK', 'X-Half: '))),
    'ECONNRESET',
  ),
  'closed within the body': network(
    raw((socket) => socket.end(`${head('200 OK', 'Content-Length: 10\r\n')}\r\nok`)),
    'ECONNRESET',
  ),
  'reset within the body': network(
    raw((socket) => {
      socket.write(`${head('200 OK', 'Content-Length: 10\r\n')}\r\nok`)
      setTimeout(() => socket.resetAndDestroy(), 20)
    }),
  ),
  'garbage for HTTP': network(
    raw((socket) => socket.end('220 mail.example.org ESMTP\r\n')),
    'HPE_\\w+',
  ),
  'HTTP/2 alone': network(http2Only),
  'garbage for TLS': network(
    atConnection((socket) => socket.end('this is no TLS'), 'https'),
    'E\\w+',
  ),
  'a certificate of nobody': network(tlsServer('127.0.0.1'), '\\w*SIGNED\\w*|\\w+'),
  'HTTP where TLS is spoken': network(async () => (await tlsServer('localhost')()).replace('https', 'http')),
  'silent after the connection': silent(atConnection((socket) => socket.resume(), 'http')),
  'silent before the TLS handshake': silent(atConnection((socket) => socket.resume(), 'https')),
  'silent within the headers': silent(raw((socket) => socket.write(head('200 OK', 'X-Half: ')))),
  'silent within the body': silent(raw((socket) => socket.write(`${head('200 OK', 'Content-Length: 9\r\n')}\r\nok`))),
  'a header that drips': silent(raw((socket) => (socket.write(head('200 OK', 'X-Drip: ')), drip(socket, 'x')))),
  'a body that drips': silent(raw((socket) => (socket.write(`${head('200 OK')}\r\n`), drip(socket, 'x')))),
  'interim answers that drip': {
    ...silent(raw((socket) => drip(socket, `${head('102 Processing')}\r\n`))),
    says: /^(?:timeout|network \(INTERIM\))$/,
  },
  'endless 100': network(
    raw((socket) => flood(socket, `${head('100 Continue')}\r\n`)),
    'INTERIM',
  ),
  'endless 102': network(
    raw((socket) => flood(socket, `${head('102 Processing')}\r\n`)),
    'INTERIM',
  ),
  'endless 103': network(
    raw((socket) => flood(socket, `${head('103 Early Hints', 'Link: </x>\r\n')}\r\n`)),
    'INTERIM',
  ),
  'an upgrade': network(
    raw((socket) => socket.end(`${head('101 Switching', 'Upgrade: h2c\r\nConnection: upgrade\r\n')}\r\n`)),
    'UPGRADE',
  ),
  'endless headers': {
    ...network(
      raw((socket) => (socket.write(head('200 OK')), flood(socket, `X-Flood: ${'y'.repeat(1_000)}\r\n`))),
      'HPE_HEADER_OVERFLOW',
    ),
    ms: 6_000,
  },
  'an endless body': notOfProtocol(
    raw((socket) => (socket.write(`${head('200 OK')}\r\n`), flood(socket, 'x'.repeat(100_000)))),
  ),
  'a captive portal': notOfProtocol(answers('200 OK', 'Content-Type: text/html\r\n', '<html>Please log in</html>')),
  'an empty page': notOfProtocol(answers('200 OK', 'Content-Type: text/html\r\n')),
  'a redirect': status(302, 'Location: http://127.0.0.1:9/\r\n'),
  '307': status(307, 'Location: http://127.0.0.1:9/\r\n'),
  ...Object.fromEntries([400, 413].map((code) => [`${code} to everything`, refusesEverything(code)])),
  ...Object.fromEntries(
    [401, 402, 403, 404, 405, 406, 407, 408, 409, 415, 418, 421, 422, 431, 451].map((code) => [code, status(code)]),
  ),
  410: status(410, '', day),
  429: status(429),
  '429 with Retry-After': status(429, 'Retry-After: 600\r\n', 600),
  '429 with a Retry-After of days': status(429, 'Retry-After: 999999\r\n', hour),
  ...Object.fromEntries([500, 501, 502, 503, 504, 505, 507, 520, 599].map((code) => [code, status(code)])),
  '503 with Retry-After': status(503, 'Retry-After: 120\r\n', 120),
  '999': status(999),
  'a proxy that nobody runs': network(throughProxy('HTTPS_PROXY', refused), 'ECONNREFUSED'),
  'a proxy that wants a password': status(407),
  'a tunnel that wants a password': { ...status(407), server: throughProxy('HTTPS_PROXY', answers('407 Text')) },
  'a tunnel that is not built': { ...status(502), server: throughProxy('HTTPS_PROXY', answers('502 Text')) },
  'a tunnel that is refused': { ...refusesEverything(400), server: throughProxy('HTTPS_PROXY', answers('400 Text')) },
  'a proxy that answers 502': { ...status(502), server: throughProxy('HTTP_PROXY', answers('502 Text')) },
  'a proxy that is silent': silent(
    throughProxy(
      'HTTPS_PROXY',
      atConnection((socket) => socket.resume(), 'http'),
    ),
  ),
  'a tunnel that is closed': network(
    throughProxy(
      'HTTPS_PROXY',
      raw((socket) => socket.end(`${head('200 OK')}\r\n`)),
    ),
  ),
  'a tunnel whose answer has no end': {
    ...silent(
      throughProxy(
        'HTTPS_PROXY',
        raw((socket) => drip(socket, 'x')),
      ),
    ),
  },
  'a proxy of another kind': {
    server: throughProxy('HTTP_PROXY', async () => 'socks5://127.0.0.1:9'),
    says: /^the proxy is not an http or https URL$/,
    pause: 10,
  },
}

const statesOf = (): DestinationStates =>
  JSON.parse(readFileSync(files(place).deliveryState, 'utf8')) as DestinationStates

/** One drain in this process. */
const deliver = async (url: string, ms = 1_500) => {
  const job = jobFor(place, url, { endsAfterMs: performance.now() + ms })
  const began = Date.now()
  await drain(job, () => undefined)
  return Date.now() - began
}

describe('a network in which nothing is taken keeps all, says why, and is tried again later', () => {
  test.each(Object.entries(keepsEverything))('%s', async (_, { server, says, pause, ms }) => {
    const url = await server()
    for (let run = 0; run < 3; run++) spool()
    const before = spooled(place)
    const took = await deliver(url, ms)
    expect(spooled(place)).toEqual(before)
    const states = statesOf()
    for (const name of ['rudder', 'otlp'] as const) {
      const { last, notBefore, at, failures } = states[name] ?? {}
      expect({ name, last, failures }).toEqual({ name, last: expect.stringMatching(says) as string, failures: 1 })
      expect(Number(notBefore) - Number(at)).toBeGreaterThan((pause - 2) * 1_000)
      expect(Number(notBefore) - Number(at)).toBeLessThanOrEqual(pause * 1_000)
    }
    expect(took).toBeLessThan(20_000)
  })
})

describe('what a server takes in part', () => {
  /** A server of both protocols. `judge` returns the answer to the ids of a request's events, or of its lines. */
  const judging = (judge: (request: Received, count: number) => number) => {
    receiver.answer = (request, response) => {
      const code = judge(request, countOf(request))
      if (code === 200) {
        taken.push(request)
        wellAnswer(request, response)
      } else response.writeHead(code).end()
    }
  }
  const countOf = (request: Received): number =>
    request.path === '/v1/batch' ? tracksOf([request]).length : spansOf([request]).length / 2
  const taken: Received[] = []
  beforeEach(() => taken.splice(0))

  const eventIds = () =>
    tracksOf(taken)
      .filter(({ event }) => event !== 'delivery')
      .map(({ messageId }) => messageId)
  const spanIds = () =>
    spansOf(taken)
      .filter(({ name }) => name !== 'delivery')
      .map(({ spanId }) => spanId)
  const lost = () => tracksOf(taken).flatMap(({ properties }) => properties['lost_rejected'] ?? [])
  const lostSpans = () => spansOf(taken).flatMap((span) => attributesOf(span)['cq.lost.rejected'] ?? [])

  const drainAll = (ms = 60_000) => drain(jobFor(place, receiver.url, { endsAfterMs: performance.now() + ms }), () => undefined)
  const spoolInOneFile = (runs: number): void => {
    const file = new SpoolFile(spoolDirectory(place), newName(generation, ['rudder', 'otlp'], 'jsonl'))
    for (let each = 0; each < runs; each++) {
      const run = record()
      run.operations.operation('fetch', () => undefined)
      run.end(0)
      file.append(run.resource(), run.spans)
    }
    file.close()
  }

  const limits: readonly [string, (request: Received, count: number) => boolean, number][] = [
    ['of 100 events', (_, count) => count > 100, 150],
    ['of one event', (_, count) => count > 1, 10],
    ['of 8 kB', ({ body }) => body.length > 8_000, 20],
  ]
  test.each(limits.flatMap(([name, over, runs]) => [429, 413].map((code) => [code, name, over, runs] as const)))(
    '%i by a limit %s: each arrives, once, and the size is kept',
    async (code, _, over, runs) => {
      spoolInOneFile(runs)
      for (let run = 0; run < 3; run++) spool()
      judging((request, count) => (over(request, count) ? code : 200))
      expect(await drainAll()).toEqual({ left: 0 })
      const all = 2 * (runs + 3)
      expect([eventIds().length, new Set(eventIds()).size, spanIds().length]).toEqual([all, all, all])
      expect([lost(), lostSpans()]).toEqual([[], []])
      // The next child begins where this one was.
      const { size = 0 } = statesOf().rudder ?? {}
      expect(size).toBeGreaterThan(0)
      receiver.requests.length = 0
      spoolInOneFile(runs)
      await drainAll()
      const [first] = receiver.requests.filter(({ path }) => path === '/v1/batch')
      expect(countOf(first as Received)).toBe(Math.min(size, 2 * runs))
    },
    120_000,
  )

  test('a child that is stopped within a file leaves only the rest of it', async () => {
    spoolInOneFile(30)
    receiver.answer = (request, response) => {
      if (countOf(request) > 5) return response.writeHead(413).end()
      if (taken.filter(({ path }) => path === request.path).length === 4)
        return response.writeHead(503, { 'retry-after': '600' }).end()
      taken.push(request)
      return wellAnswer(request, response)
    }
    expect(await drainAll()).toEqual({ left: 2 })
    expect(spooled(place).map((name) => name.split('.').slice(3).join())).toEqual(
      expect.arrayContaining(['rudder,jsonl', 'otlp,jsonl']),
    )
    judging(() => 200)
    rmSync(files(place).deliveryState)
    expect(await drainAll()).toEqual({ left: 0 })
    expect([eventIds().length, new Set(eventIds()).size, spanIds().length, new Set(spanIds()).size]).toEqual([
      60, 60, 60, 60,
    ])
  })

  test.each([400, 413])('%i for some events alone is counted for both destinations', async (code) => {
    for (let run = 0; run < 10; run++) spool()
    const bad = batchesIn(place).flatMap(({ spans }) => spans.slice(0, 1).map(({ spanId }) => spanId))[4] ?? ''
    const batch = batchesIn(place)[4]
    judging((request) => (request.body.includes(bad) || isOf(request, batch) ? code : 200))
    expect(await drainAll()).toEqual({ left: 0 })
    expect([lost(), lostSpans()]).toEqual([[2], [2]])
    expect([eventIds().length, spanIds().length]).toEqual([18, 18])
  })

  test('what is refused before anything is taken is refused for good once something is', async () => {
    spool()
    judging(() => 400)
    await drainAll()
    expect(spooled(place)).toHaveLength(1)
    expect(statesOf()).toMatchObject({ rudder: { last: expect.stringContaining('it refuses everything') as string } })
    const [bad] = batchesIn(place)
    spool()
    judging((request) => (request.body.includes(String(bad?.spans[0]?.spanId)) || isOf(request, bad) ? 400 : 200))
    rmSync(files(place).deliveryState)
    expect(await drainAll()).toEqual({ left: 0 })
    expect([lost(), lostSpans()]).toEqual([[2], [2]])
  })
  const isOf = (request: Received, batch: Batch | undefined): boolean =>
    tracksOf([request]).some(({ messageId }) => batch?.spans.some((span) => idOf(span, span.type) === messageId))

  test.each([
    ['rudder', '/v1/batch'],
    ['otlp', '/v1/traces'],
  ] as const)(
    '%s refuses everything, day after day: nothing goes, and after the third time it is left alone for a day',
    async (name, path) => {
      for (let run = 0; run < 3; run++) spool()
      judging((request) => (request.path === path ? 400 : 200))
      for (let time = 0; time < 3; time++) {
        await drain({ ...jobFor(place, receiver.url), ignorePauses: true }, () => undefined)
      }
      expect(spooled(place).map((each) => each.split('.')[3])).toEqual([name, name, name])
      const { failures, notBefore = 0 } = statesOf()[name] ?? {}
      expect(failures).toBe(3)
      expect(notBefore - Date.now()).toBeGreaterThan(23 * hour * 1_000)
    },
  )
})

describe('a fault in the delivery to one destination', () => {
  const faults: readonly [string, DestinationName, object][] = [
    ['certificates that are none', 'otlp', { certificates: null }],
    ['a URL that is none', 'otlp', { url: 5 }],
    ['a URL that cannot be parsed', 'otlp', { url: 'http://[' }],
    ['a header that HTTP does not allow', 'otlp', { headers: { 'x-key': 'two\nlines' } }],
    ['headers that are none', 'otlp', { headers: { 'x-key': Symbol('none') } }],
    ['a data plane that is none', 'rudder', { dataPlaneUrl: null }],
    ['a write key that cannot be a text', 'rudder', { writeKey: Symbol('none') }],
  ]
  test.each(faults)('%s: the other one gets its events', async (_, name, wrong) => {
    for (let run = 0; run < 3; run++) spool()
    const job = jobFor(place, receiver.url, { endsAfterMs: performance.now() + 3_000 })
    const { left } = await drain({ ...job, [name]: { ...job[name], ...wrong } }, () => undefined)
    expect(receiver.requests.map(({ path }) => path)).toEqual([name === 'otlp' ? '/v1/batch' : '/v1/traces'])
    expect(left).toBe(3)
    expect(spooled(place).map((each) => each.split('.')[3])).toEqual([name, name, name])
    expect(statesOf()[name]?.last).toMatch(/^(?:a fault of cq-telemetry \(\w+\)|network.*|timeout)$/)
  })
})
