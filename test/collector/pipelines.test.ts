import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { convertCountries, countryDatabase } from '../../src/collector/countries.ts'
import { additions, pipelines } from '../../src/collector/pipeline-table.ts'
import { configArguments } from '../../src/collector/pipelines.ts'
import { table } from '../../src/schema/table.ts'
import { cloudquery, hostPlace } from '../support/cloudquery.ts'
import { type Collector, collectorBinary, collectorKey, freePort, startCollector, until } from '../support/collector.ts'
import { newPlace, type Place, run, start } from '../support/program.ts'
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

describe('cq-telemetry collector', () => {
  const entry = new URL('../../.ci/start.mjs', import.meta.url).pathname
  const collect = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    run(process.execPath, [entry, 'src/command/main.ts', 'collector', ...args], place, env)

  test.each<[string, readonly string[], NodeJS.ProcessEnv, RegExp]>([
    ['a collector that is not there', [], { OTELCOL_BIN: '/nowhere/otelcol' }, /OTELCOL_BIN names a file that is not/],
    ['neither a collector nor Go', [], { PATH: '/nowhere' }, /install Go 1\.26 .* or set OTELCOL_BIN to/],
    ['a pipeline that is not known', ['nope'], {}, /there is no pipeline "nope": there are dev, all-in-one/],
    ['an addition that is not known', ['edge', '--with', 'nope'], {}, /there is no addition "nope": there are rudder/],
    ['no keys', ['all-in-one'], { OTELCOL_BIN: process.execPath }, /CQ_KEYS_FILE, a file with a key on each line/],
    [
      'a file of keys that is not there',
      ['edge', '--validate'],
      { OTELCOL_BIN: process.execPath, CQ_KEYS_FILE: 'keys' },
      /CQ_KEYS_FILE names what is not there; it must be a file with a key on each line: openssl/,
    ],
    ['no spool', ['spool'], { OTELCOL_BIN: process.execPath }, /"spool" needs CQ_SPOOL, the folder to read, such as/],
    [
      'a spool that is not there',
      ['spool', '--validate'],
      { OTELCOL_BIN: process.execPath, CQ_SPOOL: 'spool' },
      /CQ_SPOOL names what is not there; it must be the folder to read/,
    ],
    ['an addition that does not suit', ['dev', '--with', 'geo'], {}, /"geo" is not for the pipeline "dev"/],
  ])('with %s says what to do', async (_, args, env, says) => {
    place = newPlace()
    const { code, stderr } = await collect(args, { XDG_CACHE_HOME: place.home, ...env })
    expect(code).toBe(1)
    expect(stderr).toMatch(says)
    place.remove()
  })

  const lines = () => join(place.cwd, 'data/spans/spans.jsonl')
  /** Relative names, as an operator types them. */
  const settings = async (): Promise<NodeJS.ProcessEnv> => {
    const [listen, health, metrics] = await Promise.all([freePort(), freePort(), freePort()])
    writeFileSync(join(place.cwd, "keys of o'brien"), `${collectorKey}\n`)
    return {
      OTELCOL_BIN: collectorBinary(),
      XDG_CACHE_HOME: join(homedir(), '.cache'),
      CQ_DATA: 'data',
      CQ_KEYS_FILE: "keys of o'brien",
      CQ_LISTEN: `127.0.0.1:${listen}`,
      CQ_HEALTH: `127.0.0.1:${health}`,
      CQ_METRICS: String(metrics),
    }
  }
  const torn = (text: string): void => {
    mkdirSync(join(place.cwd, 'data/spans'), { recursive: true })
    writeFileSync(lines(), text)
  }
  const sends = async ({ CQ_LISTEN }: NodeJS.ProcessEnv): Promise<void> => {
    const answer = await fetch(`http://${CQ_LISTEN}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(traces({}, spanWith({}))),
    })
    expect(answer.status).toBe(200)
    await until('the span', () => readFileSync(lines(), 'utf8').includes(ids.spanId))
  }
  const dataOf = () => readFileSync(lines(), 'utf8').trimEnd().split('\n')

  test.each([
    ['a line torn in the middle', '{"resourceSpans":[{"torn', 2],
    ['a line torn into zeros', '{"resourceSpans"\0\0', 2],
    ['whole lines', '{}\n', 2],
    ['an empty file', '', 1],
  ])('prints a script that starts with nothing else set, with geo and %s', async (_, before, count) => {
    place = newPlace()
    const env = await settings()
    torn(before)
    const { code, stdout } = await collect(['all-in-one', '--with', 'geo', '--print'], env)
    expect(code).toBe(0)
    expect(stdout).toContain("'-exporter.PersistRequestContext'")
    const service = start('sh', ['-c', stdout], { ...place, cwd: '/' }, { HOME: '/' })
    await service.says('Everything is ready')
    await sends(env)
    service.kill('SIGTERM')
    expect((await service.ended).code).toBe(0)
    expect(dataOf()).toHaveLength(count)
    place.remove()
  })

  test('prints no password', async () => {
    place = newPlace()
    const env = { OTELCOL_BIN: '/bin/true', CQ_CLICKHOUSE: 'tcp://db', CQ_CLICKHOUSE_PASSWORD: 'hunter2' }
    const { stdout } = await collect(['backend', '--with', 'clickhouse', '--print'], env)
    expect(stdout).toContain("export CQ_CLICKHOUSE='tcp://db'")
    expect(stdout).not.toContain('hunter2')
    place.remove()
  })

  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends the collector by %s', async (signal) => {
    place = newPlace()
    const env = await settings()
    torn('{"torn')
    const runner = start(process.execPath, [entry, 'src/command/main.ts', 'collector', 'all-in-one'], place, env)
    await runner.says('Everything is ready')
    await sends(env)
    runner.kill(signal)
    expect((await runner.ended).code).toBe(0)
    expect(dataOf()).toHaveLength(2)
    expect(await fetch(`http://${env['CQ_LISTEN']}/`).catch(() => 'away')).toBe('away')
    place.remove()
  })

  test.each([
    ['exit 7', 7],
    ['kill -9 $$', 137],
    ['kill -TERM $$', 143],
  ])('ends with the exit code of a collector that does %j', async (does, code) => {
    place = newPlace()
    const stub = join(place.home, 'otelcol')
    writeFileSync(stub, `#!/bin/sh\n${does}\n`, { mode: 0o755 })
    expect(await collect(['dev'], { OTELCOL_BIN: stub })).toMatchObject({ code })
    place.remove()
  })

  test('ends the collector when the shell of npm ends without it', async () => {
    place = newPlace()
    const stub = join(place.home, 'otelcol')
    writeFileSync(stub, '#!/bin/sh\necho "stub $$"\nexec sleep 300\n', { mode: 0o755 })
    const line = `"$0" "$@"; exit $?`
    const args = [process.execPath, entry, 'src/command/main.ts', 'collector', 'dev']
    const shell = start('sh', ['-c', line, ...args], place, { OTELCOL_BIN: stub, npm_command: 'run-script' })
    const pid = Number((await shell.matches(/stub (\d+)/))[1])
    shell.kill('SIGTERM')
    await until('the end of the collector', () => !isAlive(pid))
    expect(isAlive(pid)).toBe(false)
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
  test('keeps the country of an address, and stores no address', async () => {
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

  const uk = '81.2.69.142'
  const us = '2001:4860:4860::8888'
  const places: readonly [string, Record<string, string>, string | undefined][] = [
    ['an address of nowhere', { 'x-forwarded-for': '10.0.0.1' }, undefined],
    ['IPv4', { 'x-forwarded-for': uk }, 'GB'],
    ['IPv4 with a port', { 'x-forwarded-for': `${uk}:567` }, 'GB'],
    ['IPv4 with a port, and a proxy', { 'x-forwarded-for': ` ${uk}:567 , 10.1.2.3:80` }, 'GB'],
    ['IPv4 in quotes', { 'x-forwarded-for': `"${uk}:567"` }, 'GB'],
    ['IPv6', { 'x-forwarded-for': us }, 'US'],
    ['IPv6 in brackets', { 'x-forwarded-for': `[${us}]` }, 'US'],
    ['IPv6 in brackets with a port', { 'x-forwarded-for': `[${us}]:55, [::1]:55` }, 'US'],
    ['IPv6 with a zone', { 'x-forwarded-for': `${us}%eth0` }, 'US'],
    ['IPv4 as IPv6', { 'x-forwarded-for': `::ffff:${uk}` }, 'GB'],
    ['this machine with a port', { 'x-forwarded-for': '[::1]:55' }, undefined],
    ['Forwarded', { forwarded: `for=${uk}` }, 'GB'],
    ['Forwarded with a port', { forwarded: `For="${uk}:4711"` }, 'GB'],
    ['Forwarded with IPv6 and a port', { forwarded: `for="[${us}]:4711"` }, 'US'],
    ['Forwarded with more', { forwarded: `proto=https;by=10.0.0.1; for="[${us}]:4711";host=x, for=${uk}` }, 'US'],
    ['Forwarded that hides it', { forwarded: 'for=unknown, for=_hidden' }, undefined],
    ['Forwarded, and X-Forwarded-For', { forwarded: `for=${uk}`, 'x-forwarded-for': `[${us}]:1` }, 'US'],
    ['nonsense', { 'x-forwarded-for': 'not-an-address; DROP TABLE' }, undefined],
    ['brackets', { 'x-forwarded-for': '[[[]:::' }, undefined],
    ['quotes', { forwarded: 'for="";for="' }, undefined],
    ['nothing', { 'x-forwarded-for': '' }, undefined],
  ]

  test('accepts spans with each form of an address, and stores only its country', async () => {
    collector = await startCollector('all-in-one', ['geo', 'proxy'])
    const spanId = (at: number) => String(at + 1).padStart(16, '0')
    for (const [at, [what, given]] of places.entries())
      expect((await post(traces({}, spanWith({}, { spanId: spanId(at) })), given)).status, what).toBe(200)
    const lines = () => asReceived(collector?.lines() ?? [])
    await until('all spans', () => spansOf(lines()).length === places.length)
    const countryOf = new Map(
      lines().flatMap((line) =>
        spansOf([line]).map((span) => [span.spanId, resourcesOf([line])[0]?.['geo.country.iso_code']] as const),
      ),
    )
    const found = places.map(([what], at) => [what, countryOf.get(spanId(at))])
    expect(found).toEqual(places.map(([what, , country]) => [what, country]))
    expect(collector.lines().join()).not.toMatch(/address|81\.2|8888|DROP/)
  })

  test('ignores a place that a client sends', async () => {
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

  test('accepts nothing without the key', async () => {
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

test('edges send to their members by trace, without the address', async () => {
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

test('reads the files of a spool', async () => {
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
