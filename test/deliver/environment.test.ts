import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { destinationsFor } from '../../src/command/destinations.ts'
import { settingOf } from '../../src/command/setting.ts'
import { sendToOtlp } from '../../src/deliver/send/otlp.ts'
import { certificateIn } from '../support/certificate.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { run, runFixture } from '../support/program.ts'
import type { Received } from '../support/receiver.ts'
import { record } from '../support/record.ts'
import { sawNotice, spooled } from '../support/spool.ts'

/** What the user has set for a collector of their own goes to that collector, and never to the publisher. */

const receiver = useReceiver()
beforeEach(() => {
  receiver.answer = (request, response) => response.end(request.path === '/v1/batch' ? 'ok' : '')
})

/** The headers that this test has set somewhere, of each request. */
const marks = (requests: readonly Received[]): string[][] =>
  requests.map(({ headers }) => Object.keys(headers).filter((name) => name.startsWith('x-')))

describe('a request to the endpoint', () => {
  /** Where an endpoint may come from. The first that is set counts. */
  const sources = ['flag', 'option', 'CQ', 'OTEL traces', 'OTEL'] as const
  type Source = (typeof sources)[number]

  const endpointIn = (source: Source): NodeJS.ProcessEnv => {
    if (source === 'CQ') return { CQ_OTLP_ENDPOINT: `${receiver.url}/CQ` }
    if (source === 'OTEL traces') return { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/OTEL-traces` }
    return source === 'OTEL' ? { OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/OTEL` } : {}
  }

  const headersIn = {
    option: {},
    CQ: { CQ_OTLP_HEADERS: 'x-mark=CQ' },
    'OTEL traces': { OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-mark=OTEL-traces' },
    OTEL: { OTEL_EXPORTER_OTLP_HEADERS: 'x-mark=OTEL', OTEL_EXPORTER_OTLP_TRACES_HEADERS: '' },
  } as const
  type HeaderPlace = keyof typeof headersIn

  /** Sends a span as `mytool telemetry flush` does, with these endpoints and headers set. Returns the request. */
  const send = async (endpoints: readonly Source[], headers: readonly HeaderPlace[], more: NodeJS.ProcessEnv = {}) => {
    const otlpOption = {
      endpoint: `${receiver.url}/option`,
      ...(headers.includes('option') && { headers: { 'x-mark': 'option' } }),
    }
    const setting = settingOf('mytool telemetry', {
      app: { name: 'mytool', version: '1.0.0' },
      envPrefix: 'CQ',
      ...(endpoints.includes('option') && { otlp: otlpOption }),
    })
    const flag = endpoints.includes('flag') ? { otlpEndpoint: `${receiver.url}/flag` } : {}
    const env: NodeJS.ProcessEnv = { ...more }
    for (const source of endpoints) Object.assign(env, endpointIn(source))
    for (const each of headers) Object.assign(env, headersIn[each])
    const { otlp } = destinationsFor(setting, flag, env)
    if (!otlp) throw new Error('no destination')
    const recorded = record()
    recorded.end(0)
    await sendToOtlp([{ resource: recorded.resource(), spans: recorded.spans }], otlp)
    return receiver.requests.at(-1)
  }

  const headerPlaces = Object.keys(headersIn) as HeaderPlace[]
  const expected: Readonly<Record<Source, { path: string; takes: readonly HeaderPlace[] }>> = {
    flag: { path: '/flag/v1/traces', takes: [] },
    option: { path: '/option/v1/traces', takes: ['option'] },
    CQ: { path: '/CQ/v1/traces', takes: ['CQ'] },
    'OTEL traces': { path: '/OTEL-traces', takes: ['OTEL traces', 'OTEL'] },
    OTEL: { path: '/OTEL/v1/traces', takes: ['OTEL traces', 'OTEL'] },
  }
  const cells = sources.flatMap((source) =>
    headerPlaces.map((place) => [source, place, expected[source].takes.includes(place) ? 'carries' : 'lacks'] as const),
  )

  test.each(cells)('of %s, with the headers of %s: %s them', async (source, place, carries) => {
    const mark = carries === 'carries' ? place.replace(' ', '-') : undefined
    for (const endpoints of [[source], sources.slice(sources.indexOf(source))]) {
      const request = await send(endpoints, [place])
      expect({ path: request?.path, mark: request?.headers['x-mark'] }).toEqual({ path: expected[source].path, mark })
    }
  })

  test.each([
    ['flag', undefined],
    ['option', 'option'],
    ['CQ', 'CQ'],
    ['OTEL traces', 'OTEL'],
    ['OTEL', 'OTEL'],
  ] as const)('of %s, with the headers of all: carries those of %s', async (source, mark) => {
    expect((await send([source], headerPlaces))?.headers['x-mark']).toBe(mark)
  })

  test.each([
    ['flag', 'gzip'],
    ['option', 'gzip'],
    ['CQ', 'gzip'],
    ['OTEL traces', undefined],
    ['OTEL', undefined],
  ] as const)('of %s, with OTEL_EXPORTER_OTLP_COMPRESSION=none: its encoding is %s', async (source, encoding) => {
    const request = await send([source], [], { OTEL_EXPORTER_OTLP_COMPRESSION: 'none' })
    expect(request?.headers['content-encoding']).toBe(encoding)
  })
})

describe('with all variables of OpenTelemetry set', () => {
  const place = usePlace()
  beforeEach(() => sawNotice(place))

  const main = new URL('../../dist/command/main.js', import.meta.url).pathname
  const headers = {
    OTEL_EXPORTER_OTLP_HEADERS: 'x-general=1',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-traces=1',
    CQ_OTLP_HEADERS: 'x-own=1',
  }
  const spool = (env: NodeJS.ProcessEnv) => runFixture('fetch.mjs', place, { DELIVERY: 'manual', ...headers, ...env })
  const flush = async (args: readonly string[], env: NodeJS.ProcessEnv) => {
    const { code, stderr } = await run(process.execPath, [main, 'flush', ...args], place, { ...headers, ...env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  }
  const rudder = () => ({ CQ_RUDDER_URL: receiver.url, CQ_RUDDER_WRITE_KEY: 'the-write-key' })

  test('a run sends none of their headers to the endpoints of its host', async () => {
    const otlp = JSON.stringify({ endpoint: receiver.url, headers: { 'x-option': '1' } })
    await runFixture('fetch.mjs', place, {
      ...headers,
      DELIVERY: 'detached',
      RUDDER_URL: receiver.url,
      OTLP_OPTION: otlp,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    })
    await vi.waitUntil(() => spooled(place).length === 0, 60_000)
    const marksOf = (path: string) => marks(receiver.requests.filter((request) => request.path === path))
    expect(marksOf('/v1/batch')).toEqual([[]])
    expect(marksOf('/v1/traces')).toEqual([['x-option']])
  })

  test('flush sends none of them to RudderStack', async () => {
    await spool({ RUDDER_URL: receiver.url })
    await flush([], rudder())
    expect(marks(receiver.requests)).toEqual([[]])
  })

  test('flush sends none of them to --otlp-endpoint', async () => {
    await spool({ CQ_OTLP_ENDPOINT: receiver.url })
    await flush(['--otlp-endpoint', receiver.url], {})
    expect(marks(receiver.requests)).toEqual([[]])
  })

  test('flush sends the headers that belong to the endpoint', async () => {
    await spool({ CQ_OTLP_ENDPOINT: receiver.url })
    await flush([], { CQ_OTLP_ENDPOINT: receiver.url })
    await spool({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    await flush([], { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    expect(marks(receiver.requests)).toEqual([['x-own'], ['x-traces']])
  })

  test("flush shows the user's certificate only to their own collector", async () => {
    const { key, keyPath, certificate } = certificateIn(place.cwd, 'localhost')
    const shown: boolean[] = []
    const tls = { key, cert: certificate.content, requestCert: true, rejectUnauthorized: false }
    const server = createServer(tls, (request, response) => {
      shown.push(Object.keys((request.socket as TLSSocket).getPeerCertificate()).length > 0)
      request.resume().on('end', () => response.end())
    })
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
    const url = `https://localhost:${(server.address() as AddressInfo).port}`
    const trusting = {
      NODE_EXTRA_CA_CERTS: certificate.path,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: keyPath,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: certificate.path,
    }
    await spool({ CQ_OTLP_ENDPOINT: url })
    await flush([], { ...trusting, CQ_OTLP_ENDPOINT: url })
    await spool({ OTEL_EXPORTER_OTLP_ENDPOINT: url })
    await flush([], { ...trusting, OTEL_EXPORTER_OTLP_ENDPOINT: url })
    expect(shown).toEqual([false, true])
    server.closeAllConnections()
    server.close()
  })
})

test.each([
  ['HTTPS://Collector.Example', 'https://collector.example/v1/traces'],
  ['https://ann:secret@collector.example/a/', 'https://ann:secret@collector.example/a/v1/traces'],
  ['http://[::1]:4318', 'http://[::1]:4318/v1/traces'],
  ['https://collector.example/?key=1', 'https://collector.example/v1/traces?key=1'],
])('an option and a variable take the same URL: %s', (endpoint, url) => {
  const setting = settingOf('mytool telemetry', { app: { name: 'mytool', version: '1.0.0' } })
  expect(destinationsFor(setting, { otlpEndpoint: endpoint }, {}).otlp?.url).toBe(url)
  expect(destinationsFor(setting, {}, { MYTOOL_OTLP_ENDPOINT: endpoint }).otlp?.url).toBe(url)
})

test.each(['ftp://collector.example', 'file:///etc/hosts', 'collector.example:4318', 'http://', '//collector.example'])(
  'neither takes %s',
  (endpoint) => {
    const setting = settingOf('mytool telemetry', { app: { name: 'mytool', version: '1.0.0' } })
    expect(() => destinationsFor(setting, { otlpEndpoint: endpoint }, {})).toThrow('--otlp-endpoint must be')
    expect(destinationsFor(setting, {}, { MYTOOL_OTLP_ENDPOINT: endpoint }).otlp).toBeUndefined()
  },
)
