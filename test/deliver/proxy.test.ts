import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { certificateIn } from '../support/certificate.ts'
import { impatient, newPlace, type Place, runFixture } from '../support/program.ts'
import { sawNotice, spooled } from '../support/spool.ts'

/** A real proxy: forwards plain requests by answering them, and tunnels TLS to a server with a certificate of our own. */

let place: Place
let seen: string[]
let close: (() => void)[]
beforeEach(() => {
  place = newPlace()
  sawNotice(place)
  seen = []
  close = []
})
afterEach(() => {
  for (const each of close) each()
  place.remove()
})

const portOf = async (server: ReturnType<typeof createHttpServer>): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  close.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const answer = (url: string | undefined) => (url?.endsWith('/v1/batch') ? 'ok' : '{}')

const startProxy = async (target: number): Promise<string> => {
  const proxy = createHttpServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(answer(request.url)))
  })
  proxy.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url}`)
    const upstream = connect(target, '127.0.0.1', () => socket.write('HTTP/1.1 200 Connection Established\r\n\r\n'))
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
    upstream.pipe(socket).pipe(upstream)
  })
  return `http://127.0.0.1:${await portOf(proxy)}`
}

const startTlsServer = async (clients = false) => {
  const { key, keyPath, certificate } = certificateIn(place.cwd, 'telemetry.test')
  const server = createHttpsServer(
    {
      key,
      cert: certificate.content,
      ...(clients && { requestCert: true, rejectUnauthorized: true, ca: certificate.content }),
    },
    (request, response) => {
      seen.push(`TLS ${request.url}`)
      request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(answer(request.url)))
    },
  )
  return { port: await portOf(server as never), certificate: certificate.path, key: keyPath }
}

const send = (host: string, env: NodeJS.ProcessEnv) =>
  runFixture('fetch.mjs', place, { RUDDER_URL: host, CQ_OTLP_ENDPOINT: host, DELIVERY: 'inline', ...env })

/** The same from the background, until nothing is left to send. */
const deliver = async (host: string, env: NodeJS.ProcessEnv) => {
  await send(host, { ...env, DELIVERY: 'detached' })
  await untilDelivered()
}

const untilDelivered = async () => {
  for (const end = Date.now() + 60_000; spooled(place).length > 0; await sleep(20)) {
    if (Date.now() > end) throw new Error(`not delivered: ${spooled(place).join(', ')}`)
  }
}

test('plain requests of both exporters go through HTTP_PROXY', async () => {
  const proxy = await startProxy(0)
  await deliver('http://telemetry.test', { HTTP_PROXY: proxy })
  expect(seen.sort()).toEqual(['POST http://telemetry.test/v1/batch', 'POST http://telemetry.test/v1/traces'])
})

test('TLS goes through HTTPS_PROXY in a tunnel, to a certificate of NODE_EXTRA_CA_CERTS', async () => {
  const { port, certificate } = await startTlsServer()
  const proxy = await startProxy(port)
  await deliver('https://telemetry.test', { https_proxy: proxy, NODE_EXTRA_CA_CERTS: certificate })
  expect(seen.filter((each) => each.startsWith('CONNECT'))).toEqual([
    'CONNECT telemetry.test:443',
    'CONNECT telemetry.test:443',
  ])
  expect(seen.filter((each) => each.startsWith('TLS')).sort()).toEqual(['TLS /v1/batch', 'TLS /v1/traces'])
})

test('OTLP trusts and shows the certificates of the standard variables, even through a proxy', async () => {
  const { port, certificate, key } = await startTlsServer(true)
  await runFixture('fetch.mjs', place, {
    DELIVERY: 'detached',
    HTTPS_PROXY: await startProxy(port),
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://telemetry.test',
    OTEL_EXPORTER_OTLP_CERTIFICATE: certificate,
    OTEL_EXPORTER_OTLP_CLIENT_KEY: key,
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: certificate,
  })
  await untilDelivered()
  expect(seen.filter((each) => each.startsWith('TLS'))).toEqual(['TLS /v1/traces'])
})

test('an untrusted certificate is not accepted', async () => {
  const { port } = await startTlsServer()
  await send('https://telemetry.test', { HTTPS_PROXY: await startProxy(port), ...impatient })
  expect(seen.filter((each) => each.startsWith('TLS'))).toEqual([])
  expect(spooled(place)).toHaveLength(1)
})

test('NO_PROXY bypasses the proxy', async () => {
  const direct = await startProxy(0)
  await deliver(direct, { HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' })
  expect(seen.sort()).toEqual(['POST /v1/batch', 'POST /v1/traces'])
})

test.each([
  ['HTTP_PROXY', (address: string) => address],
  ['http_proxy', (address: string) => `${address}/`],
  ['ALL_PROXY', (address: string) => address],
])('%s without a scheme is a plain proxy, as it is for curl', async (name, form) => {
  const proxy = await startProxy(0)
  await deliver('http://telemetry.test', { [name]: form(proxy.replace('http://', '')) })
  expect(seen.sort()).toEqual(['POST http://telemetry.test/v1/batch', 'POST http://telemetry.test/v1/traces'])
})

test('HTTPS_PROXY without a scheme is a plain HTTP proxy', async () => {
  const { port, certificate } = await startTlsServer()
  const proxy = (await startProxy(port)).replace('http://', '')
  await deliver('https://telemetry.test', { HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: certificate })
  expect(seen.filter((each) => each.startsWith('TLS')).sort()).toEqual(['TLS /v1/batch', 'TLS /v1/traces'])
})

test.each(['http://127.0.0.1:9', 'no URL at all', 'socks5://127.0.0.1:9', 'ftp://127.0.0.1:9'])(
  'a missing or invalid proxy (%s) is not bypassed',
  async (proxy) => {
    const server = await startProxy(0)
    const { code, stderr } = await send(server, { HTTP_PROXY: proxy, ...impatient })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(seen).toEqual([])
    expect(spooled(place)).toHaveLength(1)
  },
)
