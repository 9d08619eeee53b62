import { describe, expect, test } from 'vitest'
import { keep, readKept } from '../../src/controls/kept.ts'
import { destinationsOf, hostsOf } from '../../src/launch/destinations.ts'
import { controlsOf, keys } from '../support/controls.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { type Ended, runFixture } from '../support/program.ts'
import { files, lacking, sawNotice, spooled } from '../support/spool.ts'

/** An organisation redirects a tool's telemetry to a collector of its own. */

const rudder = { writeKey: 'key', dataPlaneUrl: 'https://rudder.example.org' }
const otlp = { endpoint: 'https://publisher.example.org', headers: { authorization: 'secret' } }

describe('destinations', () => {
  const of = (overridable: boolean | undefined, env: NodeJS.ProcessEnv) =>
    destinationsOf({ rudder, otlp: { ...otlp, overridable } }, env, 'MY', () => undefined)
  const publishers = { rudder, otlp: { url: 'https://publisher.example.org/v1/traces', headers: otlp.headers } }

  test.each([
    ['https://own.example.org', {}, {}],
    ['HTTPS://OWN.example.org:443//', {}, {}],
    ['https://own.exam\tple.org', {}, {}],
    [' https://own.example.org ', { MY_OTLP_HEADERS: 'x-key=1' }, { 'x-key': '1' }],
    ['https://own.example.org/v1/traces', { OTEL_EXPORTER_OTLP_HEADERS: 'x-key=1' }, {}],
  ])('are %j alone, with %j and none of the tool’s headers', (MY_OTLP_ENDPOINT, more, headers) => {
    const destinations = of(true, { MY_OTLP_ENDPOINT, ...more })
    const redirect = { url: 'https://own.example.org/v1/traces', headers }
    expect(destinations).toEqual({ redirect, chosenBy: 'MY_OTLP_ENDPOINT' })
    expect(hostsOf(destinations)).toEqual(['own.example.org (set by MY_OTLP_ENDPOINT)'])
  })

  test.each(['https://user:s3cret@own.example.org', 'https://s3cret@own.example.org/s3cret?key=s3cret#s3cret'])(
    'are shown by the host alone: %s',
    (MY_OTLP_ENDPOINT) => {
      expect(hostsOf(of(true, { MY_OTLP_ENDPOINT }))).toEqual(['own.example.org (set by MY_OTLP_ENDPOINT)'])
    },
  )

  test.each([
    'collector:4318',
    'ftp://own.example.org',
    'http://',
    'https://a b',
    '//own.example.org',
    '0',
    'off',
    'none',
    'unix:///run/otel.sock',
    'http+unix://%2Frun%2Fotel.sock',
    '"https://own.example.org"',
    'http://[::1',
    'https:',
    'https://a.example.org https://b.example.org',
    'https://own\u0000.example.org',
    'https://own\u001b[31m.example.org',
    'http://own.example.org:99999',
    'https://own.example.org\u007f',
  ])('are none with %j, which cannot be used', (MY_OTLP_ENDPOINT) => {
    expect(of(true, { MY_OTLP_ENDPOINT })).toEqual({ problem: 'MY_OTLP_ENDPOINT must be an http or https URL' })
  })

  test.each([
    ['the tool does not allow it', false, 'https://own.example.org'],
    ['the tool says nothing of it', undefined, 'https://own.example.org'],
    ['the tool says nothing, and the value is none', undefined, 'collector:4318'],
    ['the variable is empty', true, ''],
    ['the variable is blank', true, ' \t'],
  ])('are the tool’s where %s', (_, overridable, MY_OTLP_ENDPOINT) => {
    const destinations = of(overridable, { MY_OTLP_ENDPOINT })
    expect(destinations).toEqual(publishers)
    expect(hostsOf(destinations)).toEqual(['rudder.example.org', 'publisher.example.org'])
  })

  test("are the tool's own if only variables of other programs are set", () => {
    expect(of(true, { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://own.example.org', MY_OTLP_HEADERS: 'x=1' })).toEqual(
      publishers,
    )
  })
})

describe('a run', () => {
  const place = usePlace()
  const publisher = useReceiver()
  const organisation = useReceiver()
  const env = (CQ_OTLP_ENDPOINT: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    OTLP_URL: publisher.url,
    RUDDER_URL: publisher.url,
    CQ_OTLP_ENDPOINT,
    ...more,
  })
  const fetch = (CQ_OTLP_ENDPOINT: string, more: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    runFixture('redirect.mjs', place, env(CQ_OTLP_ENDPOINT, more), ['fetch'])
  const telemetry = (CQ_OTLP_ENDPOINT: string, ...args: string[]): Promise<Ended> =>
    runFixture('redirect.mjs', place, env(CQ_OTLP_ENDPOINT), ['telemetry', ...args])

  test('is sent only to the organisation, which the notice and the status name', async () => {
    const { host } = new URL(organisation.url)
    expect((await fetch(organisation.url)).stderr).toContain(`Data goes to ${host} (set by CQ_OTLP_ENDPOINT).`)
    await fetch(organisation.url)
    expect(publisher.requests).toEqual([])
    expect(organisation.requests.map(({ path }) => path)).toContain('/v1/traces')
    expect(JSON.stringify(organisation.requests.map(({ headers }) => headers))).not.toContain('of-the-publisher')
    const { stdout } = await telemetry(organisation.url, 'status', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      enabled: true,
      destinations: [{ host, chosenBy: 'CQ_OTLP_ENDPOINT' }],
      destinationProblem: null,
    })
    expect((await telemetry(organisation.url, 'status')).stdout).toContain(`sends to ${host}, set by CQ_OTLP_ENDPOINT`)
  })

  test('is neither recorded nor sent if the value cannot be used, as status and doctor say', async () => {
    sawNotice(place)
    const { code, stdout, stderr } = await fetch('collector:4318')
    expect([code, stdout, stderr]).toEqual([0, 'fetched\n', ''])
    expect([spooled(place), publisher.requests]).toEqual([[], []])
    const problem = 'CQ_OTLP_ENDPOINT must be an http or https URL'
    expect(JSON.parse((await telemetry('collector:4318', 'status', '--json')).stdout)).toMatchObject({
      enabled: false,
      rule: problem,
      destinations: [],
      destinationProblem: problem,
    })
    const doctor = await telemetry('collector:4318', 'doctor')
    expect(doctor.code).toBe(1)
    expect(doctor.stdout).toContain(`✗ endpoints: ${problem}: nothing is sent anywhere`)
  })

  test('is not stopped by the publisher, who is not asked and could not lift the stop', async () => {
    sawNotice(place)
    const CONTROLS = JSON.stringify({ url: publisher.url, publicKey: keys.publicKey })
    const stopped = { asked: 1, answer: 'ok', controls: controlsOf([{ stop: 'all' }]) }
    keep(files(place).controls, stopped)
    const [, status] = await Promise.all([
      fetch(organisation.url, { CONTROLS }),
      runFixture('redirect.mjs', place, env(organisation.url, { CONTROLS }), ['telemetry', 'status', '--json']),
    ])
    expect(organisation.requests.map(({ path }) => path)).toEqual(['/v1/traces'])
    expect(publisher.requests).toEqual([])
    expect(readKept(files(place).controls)).toEqual(stopped)
    expect(JSON.parse(status.stdout)).toMatchObject({ controls: null })
  })

  test('waits for the destination that it was recorded for, whatever later runs are sent to', async () => {
    sawNotice(place)
    await fetch(organisation.url, { DELIVERY: 'manual' })
    await fetch('', { DELIVERY: 'manual' })
    expect(lacking(place).sort()).toEqual(['redirect', 'rudder+otlp'])
    await telemetry('', 'flush')
    expect(lacking(place)).toEqual(['redirect'])
    const sent = publisher.requests.map(({ path }) => path).sort()
    expect(sent).toEqual(['/v1/batch', '/v1/traces'])
    expect(organisation.requests).toEqual([])
    await fetch('', { DELIVERY: 'manual' })
    expect((await telemetry(organisation.url, 'flush')).code).toBe(1)
    expect(lacking(place)).toEqual(['rudder+otlp'])
    expect(organisation.requests.map(({ path }) => path)).toEqual(['/v1/traces'])
    expect(publisher.requests).toHaveLength(sent.length)
  })
})
