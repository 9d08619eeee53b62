import { readFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { createSecureServer } from 'node:http2'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { drain } from '../../src/deliver/drain.ts'
import type { DestinationStates } from '../../src/spool/delivery-state.ts'
import { certificateIn } from '../support/certificate.ts'
import { newPlace, type Place } from '../support/program.ts'
import { files, jobFor, spooled } from '../support/spool.ts'
import { spoolRuns } from '../support/spooled-runs.ts'

/** The states of a network, each as a real server: what is kept, what is said, and when the next try is. */

const close: (() => void)[] = []
afterAll(() => {
  for (const each of close) each()
})

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

const refused = async (): Promise<string> => 'http://127.0.0.1:1'

/** The URL of a server that is never reached, by way of a proxy. */
const throughProxy = (variable: string, proxy: () => Promise<string>) => async (): Promise<string> => {
  process.env[variable] = await proxy()
  return variable === 'HTTPS_PROXY' ? 'https://telemetry.test' : 'http://telemetry.test'
}

/** Made before any drain begins, which the wait for it would hold. */
const certificateFor = (host: string) => {
  const place = newPlace()
  const { key, certificate } = certificateIn(place.cwd, host)
  place.remove()
  return { key, cert: certificate.content }
}
const [ofAddress, ofName] = [certificateFor('127.0.0.1'), certificateFor('localhost')]

const tlsServer = (certificate: typeof ofName) => async (): Promise<string> =>
  `https://127.0.0.1:${await listen(createTlsServer(certificate))}`

const http2Only = async (): Promise<string> => `https://127.0.0.1:${await listen(createSecureServer(ofName))}`

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
const silent = (server: () => Promise<string>): State => ({ server, says: /^timeout$/, pause: 10, ms: 1_500 })
const status = (code: number, headers = '', pause = 10): State => ({
  server: answers(`${code} Text`, headers),
  says: new RegExp(`^status ${code}`),
  pause,
})
const notOfProtocol = (server: () => Promise<string>, code = 200): State => ({
  server,
  says: new RegExp(`^status ${code}, but not of this protocol$`),
  pause: 10,
})
const refusesEverything = (code: number): State => ({
  server: answers(`${code} Text`),
  says: new RegExp(`^it refuses everything \\(status ${code}: .*\\)$`),
  pause: 10,
  ms: 20_000,
})

const severalAtOnce: Readonly<Record<string, State>> = {
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
  'a certificate of nobody': network(tlsServer(ofAddress), '\\w*SIGNED\\w*|\\w+'),
  'HTTP where TLS is spoken': network(async () => (await tlsServer(ofName)()).replace('https', 'http')),
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
  'an upgrade': network(
    raw((socket) => socket.end(`${head('101 Switching', 'Upgrade: h2c\r\nConnection: upgrade\r\n')}\r\n`)),
    'UPGRADE',
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
  'a proxy that wants a password': status(407),
}

/** A proxy is a variable of this process, and a flood keeps it busy: these have it to themselves. */
const oneAtATime: Readonly<Record<string, State>> = {
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
  'endless headers': {
    ...network(
      raw((socket) => (socket.write(head('200 OK')), flood(socket, `X-Flood: ${'y'.repeat(1_000)}\r\n`))),
      'HPE_HEADER_OVERFLOW',
    ),
    ms: 6_000,
  },
  'an endless body': {
    ...notOfProtocol(raw((socket) => (socket.write(`${head('200 OK')}\r\n`), flood(socket, 'x'.repeat(100_000))))),
    ms: 5_000,
  },
  'a proxy that nobody runs': network(throughProxy('HTTPS_PROXY', refused), 'ECONNREFUSED'),
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

const statesOf = (place: Place): DestinationStates =>
  JSON.parse(readFileSync(files(place).deliveryState, 'utf8')) as DestinationStates

/** One drain in this process. */
const deliver = async (place: Place, url: string, ms: number): Promise<number> => {
  const began = Date.now()
  await drain(jobFor(place, url, { endsAfterMs: performance.now() + ms }), () => undefined)
  return Date.now() - began
}

const expectKeptIn = async (place: Place, { server, says, pause, ms = 3_000 }: State): Promise<void> => {
  const url = await server()
  for (let run = 0; run < 3; run++) spoolRuns(place)
  const before = spooled(place)
  const took = await deliver(place, url, ms)
  expect(spooled(place)).toEqual(before)
  const states = statesOf(place)
  for (const name of ['rudder', 'otlp'] as const) {
    const { last, notBefore, at, failures } = states[name] ?? {}
    expect({ name, last, failures }).toEqual({ name, last: expect.stringMatching(says) as string, failures: 1 })
    expect(Number(notBefore) - Number(at)).toBeGreaterThan((pause - 2) * 1_000)
    expect(Number(notBefore) - Number(at)).toBeLessThanOrEqual(pause * 1_000)
  }
  expect(took).toBeLessThan(20_000)
}
const expectKept = async (state: State): Promise<void> => {
  const place = newPlace()
  try {
    await expectKeptIn(place, state)
  } finally {
    place.remove()
  }
}

describe('everything is kept if no server accepts it, with the reason, and sent again later', () => {
  // One waits for what the others do in this process.
  test.concurrent.each(Object.entries(severalAtOnce))('%s', (_, state) => expectKept({ ms: 10_000, ...state }))

  describe('one at a time', () => {
    afterEach(() => {
      for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) delete process.env[name]
    })
    test.each(Object.entries(oneAtATime))('%s', (name, state) =>
      // A busy machine takes seconds to send a flood; the others take all of their time.
      expectKept({ ...(name.startsWith('endless') && { ms: 10_000 }), ...state }),
    )
  })
})
