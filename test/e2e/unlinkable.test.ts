import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newPlace, type Place, run, runFixture } from '../support/program.ts'
import {
  attributesOf,
  type Received,
  type Receiver,
  resourcesOf,
  spansOf,
  startReceiver,
  tracksOf,
} from '../support/receiver.ts'
import { deliverRest, files, sawNotice } from '../support/spool.ts'
import { withinOneDay } from '../support/one-day.ts'

/**
 * With `identity: 'none'`, nothing that is sent tells two runs of one installation from two runs of two. The tool uses all that
 * could: ids, hashes, pseudonyms, its configuration, plug-ins, a database, traces of other processes.
 */

const traceParent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

/** Every value of a request, its headers too, by where it is. Lists have the same place for each member. */
const valuesIn = (value: unknown, path = ''): string[] => {
  if (Array.isArray(value)) return value.flatMap((each) => valuesIn(each, path))
  if (typeof value !== 'object' || value === null) return [`${path} = ${String(value)}`]
  const { key, value: attribute } = value as { key?: unknown; value?: unknown }
  if (typeof key === 'string' && attribute !== undefined) return valuesIn(attribute, `${path} ${key}`)
  return Object.entries(value).flatMap(([name, each]) => valuesIn(each, `${path} ${name}`))
}

/** What is measured in each run: two runs have the same by chance alone. */
const measured = /^\S* .*(?:[tT]imestamp|UnixNano|sentAt|duration(?:s?_ms)?|_seconds|fetch_duration|content-length)\b/

const sent = (requests: readonly Received[]): Set<string> =>
  new Set(
    requests
      .flatMap(({ path, headers, body }) => valuesIn({ headers, body: JSON.parse(body) as unknown }, path))
      .filter((value) => !measured.test(value)),
  )

const common = (one: Set<string>, other: Set<string>) => [...one].filter((value) => other.has(value)).sort()
/** Where the values are, without the values. */
const placesOf = (values: readonly string[]) => [...new Set(values.map((value) => value.split(' = ')[0]))]

interface Installation {
  readonly place: Place
  readonly user: string
}

withinOneDay()

let receiver: Receiver
const installations: Installation[] = []
const newInstallation = (user: string): Installation => {
  const installation = { place: newPlace(), user }
  sawNotice(installation.place)
  installations.push(installation)
  return installation
}

beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(async () => {
  await receiver.close()
  for (const { place } of installations) place.remove()
})

const runOf = async ({ place, user }: Installation, identity: string, env: NodeJS.ProcessEnv = {}) => {
  const before = receiver.requests.length
  const ended = await runFixture('unknown.mjs', place, {
    RUDDER_URL: receiver.url,
    OTLP_URL: receiver.url,
    IDENTITY: identity,
    USER_NAME: user,
    TRACEPARENT: traceParent,
    CQ_TRACEPARENT: traceParent,
    ...env,
  })
  expect(ended).toMatchObject({ code: 0, stdout: '' })
  return receiver.requests.slice(before)
}

/** Two runs of one installation and one of another, after each has been counted today. */
const threeRuns = async (identity: string) => {
  const [one, other] = [newInstallation('a'), newInstallation('b')]
  for (const each of [one, other]) await runOf(each, identity)
  const [first, second] = [await runOf(one, identity), await runOf(one, identity)]
  return { first, second, foreign: await runOf(other, identity) }
}

const marksOf = (requests: readonly Received[]) =>
  spansOf(requests)
    .map(attributesOf)
    .filter((attributes) => attributes['cq.span.type'] === 'run')
    .map((attributes) => [
      attributes['cq.first.day'],
      attributes['cq.first.week'],
      attributes['cq.first.month'],
      attributes['cq.age'],
    ])

describe("with identity 'none'", () => {
  let runs: Awaited<ReturnType<typeof threeRuns>>
  beforeAll(async () => {
    runs = await threeRuns('none')
  })

  test('two runs of one installation share only values that runs of different installations share', () => {
    const [first, second, foreign] = [sent(runs.first), sent(runs.second), sent(runs.foreign)]
    expect(first.size).toBeGreaterThan(100)
    expect(common(first, second)).toEqual(common(first, foreign))
    expect(common(first, second)).toEqual(common(second, foreign))
  })

  test('the values that two runs do not share are random: the ids of trace, spans, events and run', () => {
    const [first, second] = [sent(runs.first), sent(runs.second)]
    const own = placesOf([...first].filter((value) => !second.has(value)))
    expect(own.map((path) => String(path).split(' ').at(-2) + ' ' + String(path).split(' ').at(-1)).sort()).toEqual([
      'batch anonymousId',
      'batch messageId',
      'properties fetch_id',
      'properties instance_id',
      'service.instance.id stringValue',
      'session.id stringValue',
      'spans parentSpanId',
      'spans spanId',
      'spans traceId',
    ])
  })

  test('neither an id nor a hash, a list of plug-ins, a pseudonym or the trace of another process is sent', () => {
    const requests = [...runs.first, ...runs.second, ...runs.foreign]
    expect(new Set(requests.map(({ path }) => path))).toEqual(new Set(['/v1/batch', '/v1/traces']))
    const keys = [...resourcesOf(requests), ...spansOf(requests).map(attributesOf)].flatMap(Object.keys)
    const known = [
      'app.installation.id',
      'cq.random_id_persisted',
      'cq.config.hash',
      'cq.providers.installed',
      'cq.database.id',
    ]
    expect(keys.filter((key) => known.includes(key) || key.startsWith('cq.hash.') || key.endsWith('uptime'))).toEqual(
      [],
    )
    expect(keys).toContain('cq.database.version')
    const text = requests.map(({ body }) => body).join('\n')
    for (const secret of ['private-', '0af7651916cd43dd8448eb211c80319c', 'in-house', 'customers-of', '7301234567890'])
      expect(text.includes(secret), secret).toBe(false)
    expect(tracksOf(requests).some((track) => 'userId' in track)).toBe(false)
  })

  test('the id file is neither created nor read', () => {
    const [{ place } = newInstallation('a')] = installations
    expect(readdirSync(join(place.home, '.cq'))).toEqual(['telemetry'])
    expect(readdirSync(join(place.home, '.cq/telemetry'))).not.toContain('secret')
  })

  test('a run that a run starts has a trace of its own', async () => {
    const requests = await runOf(newInstallation('a'), 'none', { NESTED: '1', TRACEPARENT: '', CQ_TRACEPARENT: '' })
    const ofRuns = spansOf(requests).filter(({ parentSpanId }) => parentSpanId === undefined)
    expect(ofRuns).toHaveLength(2)
    expect(new Set(ofRuns.map(({ traceId }) => traceId)).size).toBe(2)
  })

  test('runs that waited together are sent in separate requests', async () => {
    const installation = newInstallation('a')
    for (const _ of [1, 2, 3]) await runOf(installation, 'none', { DELIVERY: 'manual' })
    const before = receiver.requests.length
    await deliverRest(installation.place, receiver.url)
    const requests = receiver.requests.slice(before)
    for (const kind of ['/v1/batch', '/v1/traces'])
      expect(requests.filter(({ path }) => path === kind).length, kind).toBeGreaterThanOrEqual(3)
    const runsIn = ({ body }: Received) =>
      new Set(body.match(/(?<="(?:instance_id":|service\.instance\.id","value":\{"stringValue":)")[0-9a-f-]{36}/g)).size
    expect(requests.map(runsIn)).toEqual(requests.map(() => 1))
  })
})

test("with identity 'random-only' the same comparison finds the id, the configuration, plug-ins, pseudonyms and database", async () => {
  const { first, second, foreign } = await threeRuns('random-only')
  const foreignValues = sent(foreign)
  const linking = placesOf(common(sent(first), sent(second)).filter((value) => !foreignValues.has(value))).join('\n')
  for (const place of [
    'anonymousId',
    'userId',
    'app.installation.id',
    'cookie_id',
    'cq.config.hash',
    'cfghash',
    'installed_providers',
  ])
    expect(linking).toContain(place)
  for (const place of ['cq.database.id', 'fetch_provider', 'cq.provider.name']) expect(linking).toContain(place)
})

describe('the marks', () => {
  const firstOfAll = [true, true, true, 'new']
  const later = [false, false, false, undefined]

  test('are on the first run of a day, and in RudderStack too', async () => {
    const installation = newInstallation('a')
    const first = await runOf(installation, 'none')
    expect(marksOf(first)).toEqual([firstOfAll])
    expect(tracksOf(first).find(({ event }) => event === 'run')?.properties).toMatchObject({
      first_day: true,
      first_week: true,
      first_month: true,
      age: 'new',
    })
    expect(marksOf(await runOf(installation, 'none'))).toEqual([later])
  })

  test('are on one of ten runs that begin at once', async () => {
    const installation = newInstallation('a')
    const before = receiver.requests.length
    await Promise.all(
      Array.from({ length: 10 }, () =>
        runFixture('unknown.mjs', installation.place, {
          RUDDER_URL: receiver.url,
          OTLP_URL: receiver.url,
          IDENTITY: 'none',
          USER_NAME: 'a',
          DELIVERY: 'manual',
        }),
      ),
    )
    await deliverRest(installation.place, receiver.url)
    const marks = marksOf(receiver.requests.slice(before))
    expect(marks).toHaveLength(10)
    for (const [index, name] of ['day', 'week', 'month'].entries())
      expect(
        marks.filter((each) => each[index] === true),
        name,
      ).toHaveLength(1)
    expect(marks.filter(([, week, , age]) => age !== undefined && week !== true)).toEqual([])
  })

  test.each([
    ['a run that is inspected', { CQ_INSPECT_TELEMETRY: '1' }],
    ['a run with telemetry off', { CQ_NO_TELEMETRY: '1' }],
    ['a run in CI', { CI: 'true' }],
  ])('are not used up by %s', async (_, env) => {
    const installation = newInstallation('a')
    await runOf(installation, 'none', env)
    expect(readdirSync(files(installation.place).directory)).not.toContain('counted')
    expect(marksOf(await runOf(installation, 'none'))).toEqual([firstOfAll])
  })

  test('are not used up by a run that may only report crashes', async () => {
    const installation = newInstallation('a')
    const main = new URL('../../dist/command/main.js', import.meta.url).pathname
    const command = (...args: string[]) => run(process.execPath, [main, ...args], installation.place)
    await command('enable', '--only', 'crashes')
    expect(marksOf(await runOf(installation, 'none'))).toEqual([])
    await command('enable')
    expect(marksOf(await runOf(installation, 'none'))).toEqual([firstOfAll])
  })

  test('are not used up by a run before the notice was shown', async () => {
    const installation = newInstallation('a')
    rmSync(files(installation.place).notice)
    await runOf(installation, 'none')
    sawNotice(installation.place)
    expect(marksOf(await runOf(installation, 'none'))).toEqual([firstOfAll])
  })

  test('are shown by an inspected run', async () => {
    const { place } = newInstallation('a')
    const env = { CQ_INSPECT_TELEMETRY: '1', IDENTITY: 'none', RUDDER_URL: receiver.url, OTLP_URL: receiver.url }
    await runFixture('unknown.mjs', place, env)
    const log = await run('cat', [join(place.cwd, 'cloudquery.log')], place)
    expect(log.stdout).toContain('{"key":"cq.first.day","value":{"boolValue":true}}')
  })

  test('are the only thing that is missing if they cannot be stored', async () => {
    const installation = newInstallation('a')
    mkdirSync(files(installation.place).directory, { recursive: true })
    writeFileSync(files(installation.place).counted, 'a file')
    expect(marksOf(await runOf(installation, 'none'))).toEqual([[undefined, undefined, undefined, undefined]])
  })

  test('begin anew after disable, and after `id --reset`', async () => {
    const installation = newInstallation('a')
    const main = new URL('../../dist/command/main.js', import.meta.url).pathname
    const command = (...args: string[]) => run(process.execPath, [main, ...args], installation.place)
    await runOf(installation, 'none')
    expect((await command('id')).stdout).toMatch(/^No id is sent\. .*since \d{4}-\d\d-\d\d\.\n$/)
    expect((await command('status')).stdout).toMatch(/^id {7}none is sent\. /m)
    expect((await command('id', '--reset')).stdout).toMatch(/^No id is sent\. The next run/)
    expect(marksOf(await runOf(installation, 'none'))).toEqual([firstOfAll])
    await command('disable')
    expect(readdirSync(files(installation.place).counted)).toEqual([])
    await command('enable')
    expect(marksOf(await runOf(installation, 'none'))).toEqual([firstOfAll])
  })
})
