import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { convertCountries, countryDatabase } from '../../src/collector/countries.ts'
import { additions, pipelines } from '../../src/collector/pipeline-table.ts'
import { configArguments } from '../../src/collector/pipelines.ts'
import { table } from '../../src/schema/table.ts'
import { cloudquery, hostPlace } from '../support/cloudquery.ts'
import { type Collector, collectorBinary, collectorKey, startCollector, until } from '../support/collector.ts'
import { newPlace, type Place, run } from '../support/program.ts'
import { attributesOf, type OtlpSpan, type Receiver, resourcesOf, spansOf, startReceiver } from '../support/receiver.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { deliverRest, jobFor, sawNotice, spoolDirectory } from '../support/spool.ts'

/** Spans of the reference host through each pipeline of collector-config/, in a real collector. */

const headers = { authorization: `Bearer ${collectorKey}` }
const asReceived = (lines: readonly string[]) => lines.map((body) => ({ path: '/v1/traces', body }) as never)

let place: Place
let collector: Collector | undefined
beforeAll(() => {
  console.log(collectorBinary())
}, 1_200_000)
afterEach(async () => {
  await collector?.stop()
  collector = undefined
})

describe('the configuration', () => {
  const names = Object.keys(pipelines)
  const withAll = (name: string): string[] =>
    Object.keys(additions).filter((addition) => {
      try {
        return configArguments(name, [addition]).length > 0
      } catch {
        return false
      }
    })

  test.each(names.flatMap((name) => [[name, [] as string[]] as const, [name, withAll(name)] as const]))(
    'of %s with %j is valid',
    async (name, more) => {
      place = newPlace()
      const env = { CQ_KEYS_FILE: '/dev/null', CQ_GEO: countryDatabase(), CQ_SPOOL: '/tmp', CQ_DATA: place.home }
      const { code, stderr, stdout } = await run(
        collectorBinary(),
        ['validate', ...configArguments(name, more)],
        place,
        env,
      )
      expect({ code, stderr, stdout }).toEqual({ code: 0, stderr: '', stdout: '' })
      place.remove()
    },
  )
})

describe('npm run collector', () => {
  const entry = new URL('../../.ci/start.mjs', import.meta.url).pathname
  const collect = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    run(process.execPath, [entry, 'collector-config/tooling/main.ts', ...args], place, env)

  test.each<[string, readonly string[], NodeJS.ProcessEnv, RegExp]>([
    ['a collector that is not there', [], { OTELCOL_BIN: '/nowhere/otelcol' }, /OTELCOL_BIN names a file that is not/],
    ['neither a collector nor Go', [], { PATH: '/nowhere' }, /set OTELCOL_BIN to one .* or install Go 1\.26/],
    ['a pipeline that is not known', ['nope'], {}, /there is no pipeline "nope": there are dev, all-in-one/],
    ['an addition that is not known', ['edge', '--with', 'nope'], {}, /there is no addition "nope": there are rudder/],
    ['an addition that does not suit', ['dev', '--with', 'geo'], {}, /"geo" is not for the pipeline "dev"/],
  ])('with %s says what to do', async (_, args, env, says) => {
    place = newPlace()
    const { code, stderr } = await collect(args, { XDG_CACHE_HOME: place.home, ...env })
    expect(code).toBe(1)
    expect(stderr).toMatch(says)
    place.remove()
  })

  test('prints the command for a service manager', async () => {
    place = newPlace()
    const { code, stdout } = await collect(['edge', '--print'], { OTELCOL_BIN: collectorBinary() })
    expect(code).toBe(0)
    expect(stdout.trim().split(' ')).toEqual([
      'env',
      'GOMEMLIMIT=409MiB',
      collectorBinary(),
      ...configArguments('edge'),
    ])
    place.remove()
  })
})

/** What the reference host has sent, in the runs of a script, as a receiver in the place of a collector gets it. */
describe('the reference host', () => {
  let postgres: Postgres
  let host: Place
  let direct: Receiver
  beforeAll(async () => {
    postgres = await startPostgres()
    direct = await startReceiver()
  }, 120_000)
  afterAll(async () => {
    await Promise.all([postgres.stop(), direct.close()])
  })

  /** Its runs, each spooled and sent by its child through a tee, which keeps what it passes on. */
  const runs = async (url: string) => {
    host = hostPlace()
    sawNotice(host)
    direct.answer = ({ body, headers: { authorization } }, response) =>
      void fetch(`${url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: String(authorization) },
        body,
      }).then(
        async (answer) => {
          const type = answer.headers.get('content-type') ?? 'text/plain'
          response.writeHead(answer.status, { 'content-type': type }).end(await answer.text())
        },
        () => response.destroy(),
      )
    const env = { CQ_OTLP_ENDPOINT: direct.url, CQ_OTLP_HEADERS: `authorization=Bearer ${collectorKey}` }
    await cloudquery(host, ['fetch', '--dsn', postgres.dsn()], env)
    await cloudquery(host, ['policy', 'run', 'missing.yml', '--dsn', postgres.dsn()], env)
    await cloudquery(host, ['version'], { ...env, CI: 'true', GITHUB_ACTIONS: 'true' })
    const { otlp } = jobFor(host, direct.url)
    await deliverRest(host, direct.url, { otlp: { ...otlp, headers } as never })
  }

  const byId = (spans: readonly OtlpSpan[]) =>
    new Map(spans.map((span) => [span.spanId, { name: span.name, ...attributesOf(span) }]))

  const expectEqual = (lines: readonly string[], lacking: readonly string[] = []) => {
    expect(byId(spansOf(asReceived(lines)))).toEqual(byId(spansOf(direct.requests)))
    const sorted = (resources: readonly Record<string, unknown>[]) =>
      [...new Set(resources.map((each) => JSON.stringify(Object.fromEntries(Object.entries(each).sort()))))].sort()
    const without = resourcesOf(asReceived(lines)).map((attributes) =>
      Object.fromEntries(Object.entries(attributes).filter(([key]) => !lacking.includes(key))),
    )
    expect(sorted(without)).toEqual(sorted(resourcesOf(direct.requests)))
  }

  test.each([
    ['dev', []],
    ['all-in-one', []],
    ['all-in-one', ['geo']],
  ] as const)('through %s with %j arrives complete, key for key', async (name, more) => {
    direct.requests.length = 0
    collector = await startCollector(name, more)
    await runs(collector.url)
    expect(spansOf(direct.requests).length).toBeGreaterThan(20)
    await until(
      'all spans',
      () => spansOf(asReceived(collector?.lines() ?? [])).length === spansOf(direct.requests).length,
    )
    expectEqual(collector.lines())
    host.remove()
  })
})

const known = new Set(table.map(({ key }) => key))
const post = (body: object | string, more: Record<string, string> = {}) =>
  fetch(`${collector?.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers, ...more },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const text = (stringValue: string) => ({ stringValue })
const pairs = (attributes: Record<string, object>) => Object.entries(attributes).map(([key, value]) => ({ key, value }))
const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const spanWith = (attributes: Record<string, object>, more: object = {}) => ({
  ...ids,
  name: 'a-secret',
  startTimeUnixNano: '1',
  endTimeUnixNano: '2',
  attributes: pairs({ 'cq.span.type': text('operation'), ...attributes }),
  ...more,
})
const traces = (resource: Record<string, object>, ...spans: object[]) => ({
  resourceSpans: [
    {
      schemaUrl: 'a-secret',
      resource: { attributes: pairs({ 'service.name': text('mytool'), ...resource }) },
      scopeSpans: [
        {
          schemaUrl: 'a-secret',
          scope: { name: 'cq-telemetry', version: 'a-secret', attributes: pairs({ a: text('a-secret') }) },
          spans,
        },
      ],
    },
  ],
})
/** Lines of a collector that several tests share, before this one. */
let earlier = 0
const newLines = () => (collector?.lines() ?? []).slice(earlier)
const stored = async () => {
  await until('something is stored', () => newLines().length > 0)
  return asReceived(newLines())
}

describe('the public ingress', () => {
  test('keeps the country of the address, and no address anywhere', async () => {
    collector = await startCollector('all-in-one', ['geo', 'proxy', 'rudder'], { CQ_BRIDGE: 'http://127.0.0.1:1' })
    const address = '81.2.69.142'
    expect((await post(traces({}, spanWith({})), { 'x-forwarded-for': `${address}, 10.1.2.3` })).status).toBe(200)
    expect(resourcesOf(await stored())).toEqual([
      { 'service.name': 'mytool', 'geo.country.iso_code': 'GB', 'geo.continent.code': 'EU' },
    ])
    await collector.kill('SIGKILL')
    const everything = readdirSync(collector.data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    expect(everything.length).toBeGreaterThan(1)
    for (const part of [...everything, collector.log()]) expect(part).not.toMatch(/81\.2\.69\.142|10\.1\.2\.3/)
    await collector.restart()
  })

  test.each([
    ['keep', 'GB-ENG'],
    ['', undefined],
  ])('of a database with regions keeps them only on request: CQ_REGION=%s', async (keep, region) => {
    place = newPlace()
    const database = join(place.home, 'regions.mmdb')
    const regions = (code: string) => ({ country: { iso_code: code }, subdivisions: [{ iso_code: 'ENG' }] })
    writeFileSync(database, convertCountries(regions))
    collector = await startCollector('all-in-one', ['geo', 'proxy'], { CQ_GEO: database, CQ_REGION: keep })
    await post(traces({}, spanWith({})), { 'x-forwarded-for': '81.2.69.142' })
    const [resource] = resourcesOf(await stored())
    expect(resource).toMatchObject({ 'geo.country.iso_code': 'GB' })
    expect(resource?.['geo.region.iso_code']).toBe(region)
    place.remove()
  })

  test.each([
    ['an address of nowhere', '10.0.0.1'],
    ['IPv6', '2001:4860:4860::8888'],
    ['nonsense', 'not-an-address; DROP TABLE'],
    ['nothing', ''],
  ])('takes spans whose client says that it is %s', async (_, forwarded) => {
    collector = await startCollector('all-in-one', ['geo', 'proxy'])
    expect((await post(traces({}, spanWith({})), { 'x-forwarded-for': forwarded })).status).toBe(200)
    const [resource] = resourcesOf(await stored())
    expect(resource?.['geo.country.iso_code']).toBe(forwarded.startsWith('2001:4860') ? 'US' : undefined)
    expect(JSON.stringify(resource)).not.toContain('address')
  })

  test('believes no client about its place', async () => {
    collector = await startCollector('all-in-one', ['geo'])
    await post(traces({ 'geo.country.iso_code': text('DE'), 'client.address': text('81.2.69.142') }, spanWith({})))
    expect(resourcesOf(await stored())).toEqual([{ 'service.name': 'mytool' }])
  })
})

describe('the public ingress, to one client after the other,', () => {
  let shared: Collector
  beforeAll(async () => {
    shared = await startCollector('all-in-one')
  })
  beforeEach(() => {
    collector = shared
    earlier = shared.lines().length
  })
  afterEach(() => {
    collector = undefined
    earlier = 0
  })
  afterAll(() => shared.stop())

  test('without the key takes nothing', async () => {
    expect((await post(traces({}, spanWith({})), { authorization: 'Bearer another' })).status).toBe(401)
    expect((await post(traces({}, spanWith({})), { authorization: '' })).status).toBe(401)
    expect(newLines()).toEqual([])
  })

  const list = (...values: string[]) => ({ arrayValue: { values: values.map(text) } })
  const secret = 'a-secret / of mine'
  const foreign: [string, object][] = [
    ['a key that is in no table', traces({ foreign: text(secret) }, spanWith({ foreign: text(secret) }))],
    [
      'another value under each key',
      traces(
        Object.fromEntries([...known].map((key) => [key, text(secret)])),
        spanWith(
          Object.fromEntries([...known].filter((key) => key !== 'cq.span.type').map((key) => [key, text(secret)])),
        ),
      ),
    ],
    [
      'a list in the place of each value',
      traces(
        Object.fromEntries([...known].map((key) => [key, list(secret)])),
        spanWith(
          Object.fromEntries([...known].filter((key) => key !== 'cq.span.type').map((key) => [key, list(secret)])),
        ),
      ),
    ],
    [
      'a map in the place of each value',
      traces(
        {},
        spanWith(
          Object.fromEntries(
            [...known]
              .filter((key) => key !== 'cq.span.type')
              .map((key) => [key, { kvlistValue: { values: pairs({ a: text(secret) }) } }]),
          ),
        ),
      ),
    ],
    [
      'custom attributes of any kind',
      traces(
        {},
        spanWith({
          'cq.custom.a': text(secret),
          'cq.custom.b': list(secret),
          'cq.custom.c': { kvlistValue: { values: pairs({ a: text(secret) }) } },
          [`cq.custom.${secret}`]: text('x'),
        }),
      ),
    ],
    [
      'events, links, a status and a trace state',
      traces(
        {},
        spanWith(
          {},
          {
            traceState: `a=${secret}`,
            status: { code: 2, message: secret },
            events: [{ name: secret, timeUnixNano: '1', attributes: pairs({ 'exception.message': text(secret) }) }],
          },
        ),
      ),
    ],
    [
      'a crash with a message',
      traces(
        {},
        spanWith(
          { 'cq.span.type': text('crash') },
          {
            events: [
              {
                name: 'exception',
                timeUnixNano: '1',
                attributes: pairs({ 'exception.message': text(secret), 'exception.type': text('TypeError') }),
              },
              { name: secret, timeUnixNano: '1' },
            ],
          },
        ),
      ),
    ],
  ]
  test.each(foreign)('stores nothing of %s', async (_, body) => {
    expect((await post(body)).status).toBe(200)
    const received = await stored()
    expect(JSON.stringify(received)).not.toContain('a-secret')
    for (const attributes of [...spansOf(received).map(attributesOf), ...resourcesOf(received)]) {
      for (const key of Object.keys(attributes)) expect(known.has(key) || key.startsWith('cq.custom.')).toBe(true)
    }
  })

  test.each([
    [
      'spans of another instrumentation',
      { resourceSpans: [{ scopeSpans: [{ scope: { name: 'http' }, spans: [spanWith({})] }] }] },
    ],
    ['a span of no type of ours', traces({}, spanWith({ 'cq.span.type': text('http') }))],
    ['a span without a type', traces({}, { ...ids, name: 'a-secret' })],
    [
      'a span with links',
      traces({}, spanWith({}, { links: [{ ...ids, attributes: pairs({ a: text('a-secret') }) }] })),
    ],
  ])('drops %s', async (_, body) => {
    expect((await post(body)).status).toBe(200)
    expect((await post(traces({}, spanWith({ 'cq.operation.name': text('fetch') })))).status).toBe(200)
    expect(spansOf(await stored()).map(({ name }) => name)).toEqual(['fetch'])
  })

  test.each([
    ['a body that is too large', ' '.repeat(5_000_000), 400],
    ['no JSON', '{', 400],
  ])('refuses %s', async (_, body, status) => {
    const answer = await post(body).catch(() => undefined)
    if (answer) expect([status, 413]).toContain(answer.status)
    expect(newLines()).toEqual([])
  })
})

test('edges send to their members by trace, and no address', async () => {
  const members = await Promise.all([startCollector('member'), startCollector('member')])
  try {
    const env = { CQ_BACKENDS: '127.0.0.1', CQ_BACKENDS_PORT: new URL(members[0]?.url ?? '').port }
    collector = await startCollector('balance', ['geo'], env)
    const spans = ['1', '2', '3'].map((digit) => spanWith({}, { spanId: digit.repeat(16), traceId: digit.repeat(32) }))
    for (const span of spans) expect((await post(traces({}, span))).status).toBe(200)
    const lines = () => members.flatMap((member) => member.lines())
    await until('all spans', () => spansOf(asReceived(lines())).length === 3)
    expect(lines().join()).not.toMatch(/client\.address|127\.0\.0\.1/)
  } finally {
    await Promise.all(members.map((member) => member.stop()))
  }
})

test('reads the files of a spool, for people who ship files', async () => {
  const own = newPlace()
  sawNotice(own)
  const fixture = new URL('../fixtures/fetch.mjs', import.meta.url).pathname
  const env = { RUDDER_URL: 'http://127.0.0.1:1', CQ_OTLP_ENDPOINT: 'http://127.0.0.1:1', DELIVERY: 'manual' }
  await run(process.execPath, [fixture], own, env)
  collector = await startCollector('spool', [], { CQ_SPOOL: spoolDirectory(own) })
  await run(process.execPath, [fixture], own, env)
  await until('both runs', () => spansOf(asReceived(collector?.lines() ?? [])).length === 8)
  expect(new Set(spansOf(asReceived(collector.lines())).map(({ spanId }) => spanId)).size).toBe(8)
  await collector.kill('SIGKILL')
  await collector.restart()
  own.remove()
})
