import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { derivedProperties } from '../../src/schema/derived.ts'
import { oneOf, type Shape } from '../../src/schema/shapes.ts'
import { eventNames } from '../../src/schema/row.ts'
import { table } from '../../src/schema/table.ts'
import { defaultLimits } from '../../src/spool/limits.ts'
import { appendFileSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cli, cloudquery, hostPlace, sendingTo, shippedPolicy, startCloudquery } from '../support/cloudquery.ts'
import { recordExamples, recording } from '../support/examples.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { inspectLog, type Place, run, runFixture } from '../support/program.ts'
import {
  attributesOf,
  type OtlpSpan,
  type Received,
  type Receiver,
  resourcesOf,
  spansOf,
  startReceiver,
  type Track,
  tracksOf,
  wellAnswer,
} from '../support/receiver.ts'
import {
  deliverRest,
  jobFor,
  runChild,
  sawNotice,
  spoolDirectory,
  spooled,
  telemetryDirectory,
} from '../support/spool.ts'
import { withinOneDay } from '../support/one-day.ts'

/**
 * A script of real runs of the reference host: fetch, partial, failed, cancelled, policy run, in CI and out of it.
 * What is received is compared with the table in both directions.
 */

let postgres: Postgres
let receiver: Receiver
let place: Place

beforeAll(async () => {
  ;[postgres, receiver] = await Promise.all([startPostgres(), startReceiver()])
  place = hostPlace()
  sawNotice(place)
  await postgres.query(`
    CREATE ROLE partly LOGIN PASSWORD 'partly-secret';
    CREATE ROLE nothing LOGIN PASSWORD 'nothing-secret'`)
  await postgres.query('CREATE DATABASE partly OWNER partly')
  await postgres.query('REVOKE SELECT ON pg_roles FROM PUBLIC', 'partly')
})

afterAll(async () => {
  if (recording) recordExamples([...spansOf(receiver.requests).map(attributesOf), ...resourcesOf(receiver.requests)])
  await Promise.all([postgres.stop(), receiver.close()])
  place.remove()
})

const send = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  cloudquery(place, args, { ...sendingTo(receiver), ...env })

/** Installed in a project, and run by an agent through `npx`, on a machine elsewhere. */
const byAnAgent = () => {
  const script = join(place.cwd, 'node_modules/cloudquery/bin.mjs')
  mkdirSync(dirname(script), { recursive: true })
  writeFileSync(script, `import ${JSON.stringify(pathToFileURL(cli))}`)
  const agent = { CLAUDECODE: '1', KUBERNETES_SERVICE_HOST: '192.0.2.1', SSH_CONNECTION: '192.0.2.2 1 192.0.2.1 22' }
  const env = { ...sendingTo(receiver), ...agent, npm_config_user_agent: 'npm/10.8.2 node/v22.12.0 linux x64' }
  return run(process.execPath, [script, 'version'], place, env)
}

/** Holds spans or events of a run of the fixture, rather than a report alone. */
const ofFixture = ({ body }: Received): boolean => /"ec2.instances"/.test(body)

/** Spools four runs, and sees to it that each is lost in its own way. */
const lose = async (): Promise<void> => {
  await deliverRest(place, receiver.url)
  const manual = async () => {
    const before = spooled(place)
    await runFixture('fetch.mjs', place, { ...sendingTo(receiver), RUDDER_URL: receiver.url, DELIVERY: 'manual' })
    return join(spoolDirectory(place), spooled(place).find((name) => !before.includes(name)) ?? '')
  }
  receiver.answer = (request, response) =>
    ofFixture(request) ? response.writeHead(400).end('invalid') : wellAnswer(request, response)
  await manual()
  const before = receiver.requests.length
  await runChild(jobFor(place, receiver.url))
  // What was refused did not arrive.
  receiver.requests.push(...receiver.requests.splice(before).filter((request) => !ofFixture(request)))
  receiver.answer = wellAnswer
  // Three crash reports too many, on a day that is over.
  mkdirSync(join(telemetryDirectory(place), 'crashes'), { recursive: true })
  writeFileSync(join(telemetryDirectory(place), 'crashes', `2026-01-01.${'a'.repeat(40)}`), '...')
  const unreadable = await manual()
  appendFileSync(unreadable, 'not a line of OTLP\n')
  await overflow(manual)
  const expired = await manual()
  renameSync(expired, expired.replace(/\.0[0-9a-z]{8}/, '.0aaaaaaaa'))
}

/** A file that fills the spool up to half a run, by the size in its name: the next run drops the oldest of the others. */
const overflow = async (run: () => Promise<string>): Promise<void> => {
  const oldest = await run()
  renameSync(oldest, oldest.replace(/\.0[0-9a-z]{8}/, '.0baaaaaaa'))
  const waiting = spooled(place).map((name) => statSync(join(spoolDirectory(place), name)).size)
  const kilobytes = Math.ceil((defaultLimits.maxBytes - waiting.reduce((sum, size) => sum + size, 0)) / 1_000) - 2
  const filler = oldest.replace(/\.0[0-9a-z]{8}/, '.0zzzzzzzz').replace(/\.\d+k\./, `.${kilobytes}k.`)
  writeFileSync(filler, '')
  await run()
  rmSync(filler)
}

/** Holds a lock that the fetch runs into, so that it is certainly at work when the signal comes. */
const cancelled = async () => {
  await postgres.query('DROP TABLE IF EXISTS host_os; CREATE TABLE host_os (type text)')
  const holder = postgres.query('BEGIN; LOCK TABLE host_os; SELECT pg_sleep(600); COMMIT').catch(() => undefined)
  const holds = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%host_os%'"
  await vi.waitUntil(async () => (await postgres.query(holds)).length > 0, 60_000)
  const running = startCloudquery(place, ['fetch', '--dsn', postgres.dsn()], sendingTo(receiver))
  const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%host_os%'`
  await vi.waitUntil(async () => (await postgres.query(waits)).length > 0, 60_000)
  running.kill('SIGINT')
  const ended = await running.ended
  await postgres.query(
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()",
  )
  await holder
  return ended
}

describe('a script of real runs', () => {
  const codes: Record<string, number | null> = {}

  withinOneDay(240_000)

  beforeAll(async () => {
    const dsn = postgres.dsn()
    codes['fetch'] = (await send(['fetch', '--dsn', dsn])).code
    codes['policy run'] = (await send(['policy', 'run', shippedPolicy, '--dsn', dsn])).code
    codes['one check'] = (await send(['policy', 'run', shippedPolicy, '--only', 'superusers', '--dsn', dsn])).code
    codes['partial'] = (
      await send(['fetch', '--dsn', postgres.dsn({ role: 'partly', password: 'partly-secret', database: 'partly' })])
    ).code
    codes['failed'] = (
      await send(['fetch', 'host', '--dsn', postgres.dsn({ role: 'nothing', password: 'nothing-secret' })])
    ).code
    codes['cancelled'] = (await cancelled()).code
    codes['unknown policy'] = (await send(['policy', 'run', 'missing.yml', '--dsn', dsn])).code
    codes['in CI'] = (await send(['version'], { GITHUB_ACTIONS: 'true', CI: 'true' })).code
    codes['of an agent'] = (await byAnAgent()).code
    mkdirSync(join(place.cwd, '.git'))
    writeFileSync(join(place.cwd, '.git/config'), '[remote "origin"]\n\turl = git@example.org:team/project.git\n')
    // Diagnostics of every type and severity, which the reference host does not all have, and the project's id.
    codes['diagnostics'] = (await runFixture('diagnostics.mjs', place, sendingTo(receiver))).code
    codes['crash'] = (await runFixture('crash.mjs', place, sendingTo(receiver))).code
    codes['killed'] = (await runFixture('killed.mjs', place, sendingTo(receiver))).code
    const many = { OTLP_URL: receiver.url, RUDDER_URL: receiver.url, OPERATIONS: '60', SAMPLE_RATE: '0.5' }
    codes['sampled'] = (await runFixture('many.mjs', place, many)).code
    const often = { ...many, OPERATIONS: '3', SAMPLE_RATE: '', MIN_INTERVAL: '{"step":3600}' }
    // The first is recorded, the second left out, and the third says how many were.
    for (const FAIL of ['0', '0', '1']) codes['often'] = (await runFixture('many.mjs', place, { ...often, FAIL })).code
    const withoutId = { ...sendingTo(receiver), RUDDER_URL: receiver.url, IDENTITY: '"none"' }
    codes['without an id'] = (await runFixture('fetch.mjs', place, withoutId)).code
    await lose()
    await deliverRest(place, receiver.url)
    codes['forget'] = (await send(['telemetry', 'disable', '--forget'])).code
  })

  const tracks = () => tracksOf(receiver.requests)
  const fetches = (provider: string) => tracks().filter(({ properties }) => properties['fetch_provider'] === provider)

  it('ends with the exit codes that its users expect', () => {
    expect(codes).toEqual({
      fetch: 0,
      'policy run': 3,
      'one check': 0,
      partial: 0,
      failed: 1,
      cancelled: 130,
      'unknown policy': 1,
      'in CI': 0,
      'of an agent': 0,
      diagnostics: 0,
      sampled: 0,
      often: 0,
      'without an id': 0,
      forget: 0,
      killed: null,
      crash: 1,
    })
  })

  it('reports each status of a fetch', () => {
    const statuses = (provider: string) => fetches(provider).map(({ properties }) => properties['fetch_status'])
    expect(statuses('postgres').sort()).toEqual(['partial', 'successful', 'successful'])
    expect(statuses('host').sort()).toEqual(['canceled', 'failed', 'successful', 'successful'])
    expect(statuses('private')).toEqual(['configure_failed'])
  })

  it('receives no attribute that is not in the table, and every one of the client that is', () => {
    const received = new Set(
      [...spansOf(receiver.requests).map(attributesOf), ...resourcesOf(receiver.requests)].flatMap(Object.keys),
    )
    const rows = table.filter(({ source }) => source === 'client')
    const custom = ['cq.custom.database', 'cq.custom.failed_checks', 'cq.custom.tables']
    expect([...received].sort()).toEqual([...rows.map(({ key }) => key), ...custom].sort())
  })

  it('receives no property of Rudder that is not in the table, and every one that is', () => {
    const received = new Set(tracks().flatMap(({ properties }) => paths(properties)))
    const known = [...table.filter(({ source }) => source === 'client'), ...derivedProperties].flatMap(
      ({ rudder }) => rudder ?? [],
    )
    const custom = ['custom.database', 'custom.failed_checks', 'custom.tables']
    expect([...received].sort()).toEqual([...new Set([...known, ...custom])].sort())
  })

  it('gives each event exactly the properties that the table gives to an event of its name', () => {
    for (const event of eventNames) {
      const allowed = new Set(
        [...table, ...derivedProperties].filter(({ events }) => events.includes(event)).map(({ rudder }) => rudder),
      )
      const received = new Set(
        tracks()
          .filter((track) => track.event === event)
          .flatMap(({ properties }) => paths(properties)),
      )
      expect(
        [...received].filter((path) => !allowed.has(path) && !path.startsWith('custom.')),
        event,
      ).toEqual([])
      if (event === 'forget') expect([...received].sort()).toEqual(['app', 'cookie_id', 'version'])
      else expect(received.size, event).toBeGreaterThan(10)
    }
  })

  it('keeps every value in the shape of its row', () => {
    const rows = new Map(table.map((row) => [row.key, row]))
    const declaredByHost: Record<string, Pick<Shape, 'accepts'>> = {
      'cq.custom.database': oneOf('embedded', 'given'),
      'cq.custom.failed_checks': { accepts: (value) => [0, 1].includes(value as number) },
      'cq.custom.tables': { accepts: (value) => [0, 1, 10].includes(value as number) },
    }
    for (const attributes of [...spansOf(receiver.requests).map(attributesOf), ...resourcesOf(receiver.requests)]) {
      for (const [key, value] of Object.entries(attributes)) {
        const shape = rows.get(key)?.shape ?? declaredByHost[key]
        expect(shape?.accepts(value), `${key}: ${JSON.stringify(value)}`).toBe(true)
      }
    }
  })

  it('reports an operation that was killed with its start, and without a duration', () => {
    const aborted = tracks().filter(({ properties }) => properties['aborted'] === true)
    const told = aborted.map(({ event, properties: { operation, success, duration_ms, error_type } }) => [
      event,
      operation,
      success,
      duration_ms,
      error_type,
    ])
    expect(told).toEqual([['operation', 'fetch', false, undefined, '_OTHER']])
  })

  it('sends no event but the exception of a crash, and neither links nor messages of a span', () => {
    for (const span of spansOf(receiver.requests)) {
      expect(span).toMatchObject({ links: [], kind: 1 })
      const events = span.name === 'crash' ? ['exception'] : []
      expect((span.events as { name: string }[]).map(({ name }) => name)).toEqual(events)
      expect(span.status.message).toBeUndefined()
    }
  })

  it('puts a run, its operation, the providers and the resources into one trace', () => {
    const spans = spansOf(receiver.requests)
    const typeOf = (span: OtlpSpan | undefined) => span && attributesOf(span)['cq.span.type']
    const parentOf = (span: OtlpSpan) => spans.find(({ spanId }) => spanId === span.parentSpanId)
    for (const span of spans) {
      const parent = parentOf(span)
      if (attributesOf(span)['cq.aborted'] === true || span.name === 'crash') continue
      const expected = {
        run: undefined,
        delivery: undefined,
        forget: undefined,
        operation: 'run',
        provider: 'operation',
        policy: 'operation',
        resource: 'provider',
      }
      expect(typeOf(parent)).toBe(expected[typeOf(span) as keyof typeof expected])
      if (parent) expect(parent.traceId).toBe(span.traceId)
    }
    expect(new Set(spans.filter((span) => typeOf(span) === 'run').map(({ name }) => name))).toEqual(
      new Set(['cloudquery']),
    )
  })

  it('identifies the database by its system identifier, which becomes the user', async () => {
    const [row] = await postgres.query('SELECT system_identifier::text AS id FROM pg_control_system()')
    const [fetch] = fetches('host')
    expect(fetch?.userId).toBe(row?.['id'])
    expect(fetch?.properties['database_version']).toMatch(/^18\.\d+$/)
  })

  it('has no user in CI', () => {
    const inCi = tracks().filter(({ properties }) => (properties['env'] as { ci: boolean } | undefined)?.ci)
    expect(inCi.map(({ event }) => event).sort()).toEqual(['operation', 'run'])
    for (const track of inCi) {
      expect(track.userId).toBeUndefined()
      expect(track.properties['cookie_id']).toBeUndefined()
      expect(track.anonymousId).toBe(track.properties['instance_id'])
      expect(track.properties['env']).toMatchObject({ ci_vendor: 'GITHUB_ACTIONS' })
    }
  })

  it('names the class of an error', () => {
    const runs = tracks().filter(({ event }) => event === 'run')
    const failed = runs.map(({ properties: { exit_code, error_class, error_type, error_sqlstate_class } }) => [
      exit_code,
      error_class,
      error_type,
      error_sqlstate_class,
    ])
    expect(failed).toContainEqual([130, 'cancelled', 'AbortError', undefined])
    expect(failed).toContainEqual([1, 'database', 'DatabaseError', '42'])
    expect(failed).toContainEqual([1, 'user', 'ENOENT', undefined])
    expect(failed).toContainEqual([0, undefined, undefined, undefined])
  })

  it('counts the findings of a policy as a success', () => {
    const outcomes = tracks().map(({ event, properties: { success, exit_code, custom } }) => [
      event,
      success,
      exit_code ?? custom,
    ])
    expect(outcomes).toContainEqual(['policy run', true, { failed_checks: 1 }])
    expect(outcomes).toContainEqual(['run', true, 3])
  })

  it('sends no event twice, and none that RudderStack would drop', () => {
    const ids = tracks().map(({ messageId }) => messageId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const track of tracks())
      expect(track).toMatchObject({ type: 'track', channel: 'server', request_ip: '' } satisfies Partial<Track>)
  })

  it('sends no password, address, host name or path', async () => {
    const everything = receiver.requests.map(({ body }) => body).join('\n')
    const { hostname } = await import('node:os')
    for (const secret of [
      postgres.password,
      'partly-secret',
      'nothing-secret',
      '127.0.0.1',
      place.home,
      place.cwd,
      hostname(),
      'missing.yml',
    ]) {
      expect(everything.includes(secret), secret).toBe(false)
    }
  })
})

/** Paths of a property's leaves, with `[]` for the objects of a list. */
const paths = (value: unknown, path = ''): string[] => {
  if (Array.isArray(value) && value.length === 0) return []
  if (Array.isArray(value)) {
    const objects = value.filter((each) => typeof each === 'object')
    return objects.length > 0 ? [...new Set(objects.flatMap((each) => paths(each, `${path}[]`)))] : [path]
  }
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, below]) => paths(below, path === '' ? key : `${path}.${key}`))
}

describe('the inspect log', () => {
  it('has every attribute of the wire', async () => {
    const own = hostPlace()
    try {
      await cloudquery(own, ['fetch', 'host', '--dsn', postgres.dsn(), '--inspect-telemetry'])
      const lines = inspectLog(own)
      const keys = new Set(
        lines
          .filter(({ message }) => message !== 'inspect analytics event')
          .flatMap(({ data }) => Object.keys(attributesOf(data as never))),
      )
      const wire = new Set(
        [...spansOf(receiver.requests).map(attributesOf), ...resourcesOf(receiver.requests)].flatMap(Object.keys),
      )
      expect([...keys].filter((key) => !wire.has(key))).toEqual([])
      expect(keys.has('cq.database.id')).toBe(true)
    } finally {
      own.remove()
    }
  })
})
