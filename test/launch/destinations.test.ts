import { describe, expect, test } from 'vitest'
import { destinationsOf, hostsOf } from '../../src/launch/destinations.ts'
import { sayIgnored } from '../../src/launch/otel-variables.ts'

const said: string[] = []
const otlpOf = (env: NodeJS.ProcessEnv, otlp?: { endpoint: string; headers?: Record<string, string> }) => {
  said.length = 0
  return destinationsOf(otlp ? { otlp } : {}, env, 'CQ', (text) => void said.push(text)).otlp
}

const all = {
  CQ_OTLP_ENDPOINT: 'https://cq.example.org',
  CQ_OTLP_HEADERS: 'x-key=cq',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example.org/own/path',
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-key=traces',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'https://general.example.org/',
  OTEL_EXPORTER_OTLP_HEADERS: 'x-key=general',
}
const { CQ_OTLP_ENDPOINT: _endpoint, CQ_OTLP_HEADERS: _headers, ...standard } = all
const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: _traces, OTEL_EXPORTER_OTLP_TRACES_HEADERS: _keys, ...general } = standard

describe('the collector', () => {
  test.each([
    ['the option', all, { endpoint: 'https://option.example.org' }, 'https://option.example.org/v1/traces', {}],
    ["the tool's own variable", all, undefined, 'https://cq.example.org/v1/traces', { 'x-key': 'cq' }],
    [
      'the variable for traces, as it is',
      standard,
      undefined,
      'https://traces.example.org/own/path',
      { 'x-key': 'traces' },
    ],
    ['the general variable', general, undefined, 'https://general.example.org/v1/traces', { 'x-key': 'general' }],
  ])('comes from %s first, with the headers from the same place', (_, env, option, url, headers) => {
    expect(otlpOf(env, option)).toEqual({ url, headers })
  })

  test.each([
    ['https://a.example', 'https://a.example/v1/traces'],
    ['https://a.example/', 'https://a.example/v1/traces'],
    ['https://a.example//', 'https://a.example/v1/traces'],
    ['https://a.example:4318/base/', 'https://a.example:4318/base/v1/traces'],
    ['https://a.example/v1/traces', 'https://a.example/v1/traces'],
    ['https://a.example/v1/traces/', 'https://a.example/v1/traces'],
    ['https://a.example/base/v1/traces', 'https://a.example/base/v1/traces'],
    ['https://a.example/?key=1', 'https://a.example/v1/traces?key=1'],
    ['https://a.example/v1/traces?key=1', 'https://a.example/v1/traces?key=1'],
    ['http://[::1]:4318', 'http://[::1]:4318/v1/traces'],
    ['HTTPS://A.example', 'https://a.example/v1/traces'],
  ])('at %s is posted to at %s, whoever names it', (endpoint, url) => {
    expect(otlpOf({}, { endpoint })?.url).toBe(url)
    expect(otlpOf({ CQ_OTLP_ENDPOINT: endpoint })?.url).toBe(url)
    expect(otlpOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })?.url).toBe(url)
  })

  test('is undefined without a variable', () => {
    expect(otlpOf({})).toBeUndefined()
  })

  test('that is no URL is ignored, and reported without its value', () => {
    expect(otlpOf({ ...standard, CQ_OTLP_ENDPOINT: 'secret-host:4318' })?.url).toBe(
      'https://traces.example.org/own/path',
    )
    expect(said).toEqual(['CQ_OTLP_ENDPOINT is ignored: it must be an http or https URL'])
  })

  test.each([
    ['a=1,b=2', { a: '1', b: '2' }, 0],
    [' a = 1 , b=x=y ', { a: '1', b: 'x=y' }, 0],
    ['a=%20sp%2Cace', { a: ' sp,ace' }, 0],
    ['a=%zz,b=2', { b: '2' }, 1],
    ['a,=1,,', {}, 1],
    ['authorization: Bearer secret', {}, 1],
  ])('headers %j are %j, and %i are said to be ignored', (text, headers, ignored) => {
    expect(otlpOf({ CQ_OTLP_ENDPOINT: 'https://cq.example.org', CQ_OTLP_HEADERS: text })?.headers).toEqual(headers)
    expect(said).toEqual(Array.from({ length: ignored }, () => 'a header is ignored: it must be key=value'))
  })

  test.each([
    ['is ignored where the tool allows no other', {}, ['CQ_OTLP_ENDPOINT is ignored: the tool has its own collector']],
    ['counts where it does', { overridable: true }, []],
  ])("the tool's own variable %s", (_, more, says) => {
    otlpOf({ CQ_OTLP_ENDPOINT: 'https://cq.example.org' }, { endpoint: 'https://option.example.org', ...more })
    expect(said).toEqual(says)
  })
})

test('the notice names only hosts, each once', () => {
  const rudder = { writeKey: 'secret', dataPlaneUrl: 'https://user:secret@rudder.example.org/path?key=secret' }
  const otlp = { endpoint: 'https://rudder.example.org:4318' }
  expect(hostsOf(destinationsOf({ rudder, otlp }, {}, 'CQ', () => undefined))).toEqual([
    'rudder.example.org',
    'rudder.example.org:4318',
  ])
})

describe('how a collector is reached', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://general.example.org' }

  test('comes from the standard variables, those for traces first', () => {
    expect(
      otlpOf({
        ...endpoint,
        OTEL_EXPORTER_OTLP_TIMEOUT: '1500',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'none',
        OTEL_EXPORTER_OTLP_CERTIFICATE: '/etc/ca.pem',
        OTEL_EXPORTER_OTLP_CLIENT_KEY: '/etc/key.pem',
        OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: '/etc/cert.pem',
      }),
    ).toEqual({
      url: 'https://general.example.org/v1/traces',
      headers: {},
      timeoutMs: 1500,
      compression: 'none',
      certificates: { ca: '/etc/ca.pem', key: '/etc/key.pem', cert: '/etc/cert.pem' },
    })
    expect(said).toEqual([])
  })

  test('does not come from them if the endpoint is another one', () => {
    const env = { OTEL_EXPORTER_OTLP_TIMEOUT: '1500', CQ_OTLP_ENDPOINT: 'https://cq.example.org' }
    expect(otlpOf(env)).toEqual({ url: 'https://cq.example.org/v1/traces', headers: {} })
  })

  test.each([
    ['TIMEOUT', 'soon', 'a number of milliseconds above 0'],
    ['TIMEOUT', '-1', 'a number of milliseconds above 0'],
    ['COMPRESSION', 'br', 'gzip or none'],
  ])('%s=%s is passed over, and said without its value', (name, value, must) => {
    const variable = `OTEL_EXPORTER_OTLP_${name}`
    expect(otlpOf({ ...endpoint, [variable]: value })).toEqual({
      url: 'https://general.example.org/v1/traces',
      headers: {},
    })
    expect(said).toEqual([`${variable} is ignored: it must be ${must}`])
  })

  test('variables without effect are reported once each, without their values', () => {
    said.length = 0
    const env = { OTEL_SERVICE_NAME: 'secret', OTEL_LOG_LEVEL: '', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }
    sayIgnored(env, (text) => void said.push(text))
    expect(said).toEqual([
      "OTEL_SERVICE_NAME has no effect here: the name is the tool's own",
      'OTEL_EXPORTER_OTLP_PROTOCOL has no effect here: it is always http/json',
    ])
  })
})
