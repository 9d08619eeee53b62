import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { RudderHealth } from '../../src/bridge/rudder-health.ts'
import { countingRepeats } from '../../src/bridge/repeats.ts'
import { asJson, asProtobuf, bridgeRun, type TestBridge, useBridge } from '../support/bridge.ts'
import { useReceiver } from '../support/place.ts'
import type { Answer } from '../support/receiver.ts'

/** What the bridge says of itself: metrics, whether it is alive and ready, and its log. */

const rudder = useReceiver()
const start = useBridge()

const says =
  (status: number, text = ''): Answer =>
  (_, response) =>
    response.writeHead(status).end(text)

/** A request with a foreign span besides six of ours. */
const mixed = (): string => {
  const body = JSON.parse(asJson(bridgeRun()).toString()) as { resourceSpans: { scopeSpans: object[] }[] }
  body.resourceSpans[0]?.scopeSpans.push({ scope: { name: 'http' }, spans: [{ name: 'GET secret' }] })
  return JSON.stringify(body)
}
const foreign = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ scope: { name: 'http' }, spans: [{}, {}] }] }] })
const post = (body: Uint8Array | string, headers?: Record<string, string>) => (bridge: TestBridge) =>
  bridge.post(body, headers)

/** Names and labels without the prefix `cq_bridge_`. */
type Samples = Readonly<Record<string, number>>
const spans = (received: number, more: Samples = {}): Samples => ({ spans_received_total: received, ...more })
const forwarded: Samples = {
  spans_forwarded_total: 2,
  'spans_dropped_total{reason="no_event"}': 4,
  events_delivered_total: 3,
}
const requests = (result: string, code: number): Samples => ({
  [`requests_total{result="${result}",code="${code}"}`]: 1,
})
const rudderRequests = (code: string | number): Samples => ({ [`rudder_requests_total{code="${code}"}`]: 1 })

const cases: readonly [string, Answer, (bridge: TestBridge) => Promise<Response>, Samples][] = [
  [
    'spans that Rudder takes',
    says(200, 'ok'),
    post(asJson(bridgeRun())),
    { ...requests('taken', 200), ...spans(6), ...forwarded, ...rudderRequests(200), ready: 1 },
  ],
  [
    'spans in gzip and protobuf',
    says(200, 'ok'),
    post(gzipSync(asProtobuf(bridgeRun())), { 'content-encoding': 'gzip', 'content-type': 'application/x-protobuf' }),
    { ...requests('taken', 200), ...spans(6), ...forwarded },
  ],
  [
    'a foreign span among others',
    says(200, 'ok'),
    post(mixed()),
    { ...requests('partial', 200), ...spans(7), ...forwarded, 'spans_dropped_total{reason="foreign"}': 1 },
  ],
  [
    'foreign spans alone',
    says(200, 'ok'),
    post(foreign),
    { ...requests('refused', 400), ...spans(2, { 'spans_refused_total{reason="foreign"}': 2 }) },
  ],
  [
    'an event that Rudder refuses',
    ({ body }, response) => response.writeHead(body.includes('"policy run"') ? 400 : 200).end('ok'),
    post(asJson(bridgeRun())),
    { ...requests('partial', 200), ...spans(6), events_delivered_total: 2, events_rejected_total: 1 },
  ],
  [
    'a Rudder that refuses everything',
    says(400),
    post(asJson(bridgeRun())),
    { ...requests('retry', 503), ...spans(6, { 'spans_refused_total{reason="rudder_unavailable"}': 6 }) },
  ],
  [
    'a Rudder that is overloaded',
    says(503),
    post(asJson(bridgeRun())),
    { ...requests('retry', 503), 'spans_refused_total{reason="rudder_unavailable"}': 6 },
  ],
  [
    'a Rudder without the key',
    says(401),
    post(asJson(bridgeRun())),
    { ...requests('retry', 503), ...rudderRequests(401), rudder_last_success_timestamp_seconds: 0 },
  ],
  [
    'a connection that breaks off',
    (_, response) => response.socket?.destroy(),
    post(asJson(bridgeRun())),
    { ...requests('retry', 503), 'spans_refused_total{reason="rudder_unavailable"}': 6 },
  ],
  ['no JSON', says(200, 'ok'), post('{'), { ...requests('refused', 400), ...spans(0), received_bytes_total: 1 }],
  ['a form', says(200, 'ok'), post('a=b', { 'content-type': 'text/plain' }), requests('refused', 415)],
  [
    'a bomb of gzip',
    says(200, 'ok'),
    post(gzipSync(Buffer.alloc(20_000_000)), { 'content-encoding': 'gzip' }),
    { ...requests('refused', 413), ...spans(0), decoded_bytes_total: 0 },
  ],
]

describe('GET /metrics', () => {
  test.each(cases)('after %s counts it, and each span once', async (_, answer, send, expected) => {
    rudder.answer = answer
    const bridge = await start(rudder.url, { deadlineMs: 3_000, maxBodyBytes: 1_000_000 })
    await send(bridge).catch(() => undefined)
    const samples = await bridge.metrics()
    const of = (name: string) => samples.get(`cq_bridge_${name}`)
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, of(name)]))).toEqual(expected)
    const sum = (name: string) =>
      [...samples].filter(([key]) => key.startsWith(`cq_bridge_${name}`)).reduce((total, [, value]) => total + value, 0)
    expect(sum('spans_forwarded') + sum('spans_dropped') + sum('spans_refused')).toBe(sum('spans_received'))
    expect(sum('requests_total')).toBe(1)
    expect(sum('requests_in_flight')).toBe(0)
    expect(of('body_bytes')).toBe(0)
    expect(of('rudder_request_duration_seconds_count')).toBe(sum('rudder_requests_total'))
  })

  /** The grammar of Prometheus' text format, of a line. */
  const sample =
    /^[a-z_]+(?:\{[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\[\\"n])*")*\})? (?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/

  test('is text for Prometheus that describes each metric once, before its samples', async () => {
    const bridge = await start(rudder.url)
    await bridge.post(asJson(bridgeRun()))
    const answer = await bridge.get('/metrics')
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const described: string[] = []
    for (const line of (await answer.text()).trimEnd().split('\n')) {
      const [, help] = /^# HELP ([a-z_]+) \S.*$/.exec(line) ?? []
      if (help) described.push(help)
      else if (line.startsWith('#'))
        expect(line).toMatch(new RegExp(`^# TYPE ${described.at(-1)} (?:counter|gauge|histogram)$`))
      else {
        expect(line).toMatch(sample)
        expect(line.startsWith(described.at(-1) as string)).toBe(true)
      }
    }
    expect(new Set(described).size).toBe(described.length)
  })

  test('has buckets that grow up to the count', async () => {
    const bridge = await start(rudder.url)
    for (let time = 0; time < 3; time++) await bridge.post(asJson(bridgeRun()))
    const samples = [...(await bridge.metrics())]
    const buckets = samples.filter(([name]) => name.includes('_bucket')).map(([, value]) => value)
    expect(buckets).toEqual([...buckets].sort((a, b) => a - b))
    expect(buckets.at(-1)).toBe(3)
  })

  test('shows how many requests are received and in progress, and when RudderStack last accepted events', async () => {
    const bridge = await start(rudder.url)
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    rudder.answer = (_, response) => void held.then(() => response.end('ok'))
    const sending = bridge.post(asJson(bridgeRun()))
    while (rudder.requests.length === 0) await sleep(5)
    expect((await bridge.metrics()).get('cq_bridge_requests_in_flight{stage="working"}')).toBe(1)
    release()
    await sending
    const last = (await bridge.metrics()).get('cq_bridge_rudder_last_success_timestamp_seconds') ?? 0
    expect(Math.abs(Date.now() / 1000 - last)).toBeLessThan(60)
  })

  test('contains no text of a client or of RudderStack', async () => {
    rudder.answer = says(400, 'a-secret')
    const bridge = await start(rudder.url)
    await bridge.post(JSON.stringify({ 'a-secret': 1 }), { 'x-name': 'a-secret' })
    await bridge.get('/a-secret?a-secret=1')
    expect(await (await bridge.get('/metrics')).text()).not.toMatch(/secret|the-write-key/)
  })
})

const statuses = async (bridge: TestBridge) => {
  const [health, ready] = await Promise.all([bridge.get('/health'), bridge.get('/ready')])
  return { health: health.status, ready: ready.status, reason: ((await ready.json()) as { reason?: string }).reason }
}

describe('GET /ready', () => {
  const unreadyAfterMs = 50
  test.each<[string, Answer | undefined, RegExp]>([
    ['refuses everything', says(400), /^Rudder has taken nothing for \d+ s \(it refuses everything \(status 400: /],
    ['finds everything too large', says(413), /^Rudder has taken nothing .*status 413/],
    ['does not know the key', says(401), /^Rudder has taken nothing .*status 401: the key is missing or unknown/],
    ['forbids it', says(403), /^Rudder has taken nothing .*status 403/],
    ['is overloaded', says(503), /^Rudder has taken nothing .*status 503/],
    ['wants to be left alone', says(429), /^Rudder has taken nothing .*status 429/],
    ['answers as something else', says(200, '<html>'), /^Rudder has taken nothing .*not of this protocol/],
    ['breaks off', (_, response) => response.socket?.destroy(), /^Rudder has taken nothing .*network/],
    ['never answers', () => undefined, /^Rudder has taken nothing .*timeout/],
    ['cannot be reached', undefined, /^Rudder has taken nothing .*network/],
  ])('is 503 while Rudder %s, and 200 once it takes events', async (_, answer, reason) => {
    if (answer) rudder.answer = answer
    const bridge = await start(answer ? rudder.url : 'http://127.0.0.1:9', {
      // Long enough that RudderStack's answer comes first on a busy machine.
      deadlineMs: 3_000,
      unreadyAfterMs,
    })
    expect(await statuses(bridge)).toEqual({ health: 200, ready: 200, reason: undefined })
    expect([429, 503]).toContain((await bridge.post(asJson(bridgeRun()))).status)
    await sleep(2 * unreadyAfterMs)
    expect(await statuses(bridge)).toEqual({ health: 200, ready: 503, reason: expect.stringMatching(reason) as string })
    expect((await bridge.metrics()).get('cq_bridge_ready')).toBe(0)
    if (!answer) return
    rudder.answer = says(200, 'ok')
    expect((await bridge.post(asJson(bridgeRun()))).status).toBe(200)
    expect(await statuses(bridge)).toMatchObject({ ready: 200 })
  })

  test('is 503 while the limit of requests is reached', async () => {
    const bridge = await start(rudder.url, { maxConcurrent: 2 })
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    rudder.answer = (_, response) => void held.then(() => response.end('ok'))
    const sending = [1, 2].map(() => bridge.post(asJson(bridgeRun())))
    while (rudder.requests.length < 2) await sleep(5)
    expect(await statuses(bridge)).toEqual({
      health: 200,
      ready: 503,
      reason: '2 requests are in progress, and more get 429',
    })
    release()
    await Promise.all(sending)
    expect(await statuses(bridge)).toMatchObject({ ready: 200 })
  })

  test('stays 200 when foreign spans are refused', async () => {
    const bridge = await start(rudder.url, { unreadyAfterMs })
    for (const body of ['{', foreign, 'x']) await bridge.post(body)
    await sleep(2 * unreadyAfterMs)
    expect(await statuses(bridge)).toMatchObject({ ready: 200 })
  })
})

test.each(['/health', '/ready', '/metrics'])('%s accepts only GET and HEAD', async (path) => {
  const bridge = await start(rudder.url)
  const answers = await Promise.all(
    ['GET', 'HEAD', 'POST', 'DELETE'].map((method) => fetch(bridge.url + path, { method })),
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 405, 405])
  expect(answers[2]?.headers.get('allow')).toBe('GET, HEAD')
})

describe('the health of RudderStack', () => {
  const at = (...steps: readonly (readonly [number, 'fails' | 'takes'])[]) => {
    let now = 0
    const health = new RudderHealth(30_000, () => now)
    for (const [time, what] of steps) {
      now = time
      if (what === 'fails') health.failed('why')
      else health.succeeded()
    }
    return (time: number) => {
      now = time
      return health.problem()
    }
  }
  test.each<[string, ReturnType<typeof at>, number, string | undefined]>([
    ['nothing has been tried', at(), 1e9, undefined],
    ['it has just failed', at([0, 'fails']), 29_999, undefined],
    ['it has failed for 30 s', at([0, 'fails']), 30_000, 'Rudder has taken nothing for 30 s (why)'],
    [
      'it fails again and again',
      at([0, 'fails'], [60_000, 'fails']),
      90_000,
      'Rudder has taken nothing for 90 s (why)',
    ],
    ['it took something between', at([0, 'fails'], [20_000, 'takes'], [25_000, 'fails']), 40_000, undefined],
    ['it took something at last', at([0, 'fails'], [60_000, 'takes']), 60_000, undefined],
    ['nobody has tried for two minutes', at([0, 'fails']), 120_001, undefined],
    ['it fails again after a pause', at([0, 'fails'], [500_000, 'fails']), 529_000, undefined],
    [
      'it goes on failing after a pause',
      at([0, 'fails'], [500_000, 'fails']),
      530_000,
      'Rudder has taken nothing for 30 s (why)',
    ],
  ])('when %s', (_, problemAt, time, problem) => {
    expect(problemAt(time)).toBe(problem)
  })
})

describe('the log', () => {
  test('has a line at once, and later the number of lines like it', async () => {
    rudder.answer = says(401)
    const bridge = await start(rudder.url)
    for (let time = 0; time < 5; time++) await bridge.post(asJson(bridgeRun()))
    for (const body of ['{', '{{', '{{{']) await bridge.post(body)
    expect(bridge.log).toHaveLength(2)
    await bridge.stop()
    expect(bridge.log.slice(2)).toEqual([
      expect.stringMatching(/^503: Rudder: .* \(4 more in the last minute\)$/),
      '400: the body is not OTLP traces in json (1 bytes) (2 more in the last minute)',
    ])
  })

  test.each<[string, readonly string[], readonly string[]]>([
    ['one line', ['a'], ['a']],
    ['a line again', ['a', 'a', 'a'], ['a', 'a (2 more in the last minute)']],
    ['lines of two kinds', ['a', 'b', 'a'], ['a', 'b', 'a (1 more in the last minute)']],
    ['statuses, which are of different kinds', ['status 500', 'status 503'], ['status 500', 'status 503']],
    [
      'numbers of spans, which are of one kind',
      ['5 spans of 6', '7 spans of 6'],
      ['5 spans of 6', '5 spans of 6 (1 more in the last minute)'],
    ],
  ])('says of %s', (_, lines, said) => {
    const written: string[] = []
    const { log, flush } = countingRepeats((line) => written.push(line))
    lines.forEach(log)
    flush()
    flush()
    expect(written).toEqual(said)
  })

  test('writes a line at once if there was none like it for a minute', () => {
    const written: string[] = []
    const { log, flush } = countingRepeats((line) => written.push(line))
    log('a')
    flush()
    log('a')
    expect(written).toEqual(['a', 'a'])
  })
})
