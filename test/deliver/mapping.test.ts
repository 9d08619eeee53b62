import { cases, fc } from '../support/property.ts'
import { describe, expect, test } from 'vitest'
import { batches, encodeBatch, encodeEvent, maxBatchBytes } from '../../src/deliver/rudder/batches.ts'
import { maxEventBytes, stamped } from '../../src/deliver/rudder/event.ts'
import { trackEvents } from '../../src/deliver/rudder/mapping.ts'
import { sanitizeResource } from '../../src/schema/sanitize.ts'
import { alreadyPublic } from '../../src/schema/names.ts'
import { record } from '../support/record.ts'

/** The pure mapping, over what a real recorder makes. */

interface Fetched {
  readonly name: string
  readonly resources: readonly { readonly name: string; readonly count: number; readonly fails: boolean }[]
}

const fetchOf = (providers: readonly Fetched[]) => {
  const run = record()
  run.operations.operation('fetch', (operation) => {
    for (const { name, resources } of providers) {
      operation.provider({ name, version: 'v1.0.0' }, (provider) => {
        for (const resource of resources) {
          provider.resource(resource.name, (unit) => {
            unit.count(resource.count)
            if (resource.fails) unit.error(new Error('secret'))
          })
        }
      })
    }
  })
  run.end(0)
  const span = run.spanOf('operation')
  return { span, resource: run.resource(), events: trackEvents(span, run.resource()) }
}

const sum = (events: ReturnType<typeof trackEvents>, property: string): number =>
  events.reduce((total, { properties }) => total + Number(properties[property]), 0)

const stats = ({ properties }: ReturnType<typeof trackEvents>[number]) =>
  properties['fetch_resource_stats'] as { name: string; count: number; fetches: number; errors: number }[]

describe('a fetch', () => {
  const resource = fc.record({
    name: fc.stringMatching(/^[a-z][a-z0-9_]{0,60}$/),
    count: fc.nat(1_000_000),
    fails: fc.boolean(),
  })
  const provider = fc.record({
    name: fc.constantFrom('aws', 'gcp', 'azure', 'k8s'),
    resources: fc.array(resource, { maxLength: 400 }),
  })

  test('is split into events below the limit, which add up to its sums exactly', () => {
    fc.assert(
      fc.property(fc.array(provider, { minLength: 1, maxLength: 4 }), (providers) => {
        const { span, events } = fetchOf(providers)
        expect(new Set(events.map(({ messageId }) => messageId)).size).toBe(events.length)
        expect(sum(events, 'fetch_total_resources_count')).toBe(span.attributes['cq.resources.count'])
        expect(sum(events, 'fetch_total_fetches')).toBe(span.attributes['cq.resources.fetches'])
        expect(sum(events, 'fetch_errors')).toBe(span.attributes['cq.errors'])
        for (const event of events) {
          expect(event.event).toBe('fetch')
          expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(maxEventBytes)
          expect(stats(event).map(({ name }) => name)).toEqual(event.properties['fetch_resources'])
        }
      }),
      { numRuns: cases(40) },
    )
  })

  test('of 1,500 names has numbered parts with one fetch_id, and each name once', () => {
    const names = Array.from({ length: 1_500 }, (_, index) => `a_resource_with_a_rather_long_name_${index}`)
    const { events } = fetchOf([{ name: 'aws', resources: names.map((name) => ({ name, count: 2, fails: false })) }])
    expect(events.length).toBeGreaterThan(3)
    expect(events.map(({ properties }) => properties['fetch_part'])).toEqual(events.map((_, index) => index + 1))
    expect(new Set(events.map(({ properties }) => properties['fetch_parts']))).toEqual(new Set([events.length]))
    expect(new Set(events.map(({ properties }) => properties['fetch_id'])).size).toBe(1)
    expect(events.flatMap((event) => stats(event).map(({ name }) => name)).sort()).toEqual(names.sort())
    expect(sum(events, 'fetch_total_resources_count')).toBe(3_000)
  })

  test('maps to the same events each time', () => {
    const { span, resource, events } = fetchOf([{ name: 'aws', resources: [{ name: 'a', count: 1, fails: true }] }])
    expect(trackEvents(span, resource)).toEqual(events)
  })

  test("has CloudQuery's map of durations only on request", () => {
    const { span, resource, events } = fetchOf([{ name: 'aws', resources: [{ name: 'a', count: 1, fails: false }] }])
    expect(events[0]?.properties).not.toHaveProperty('fetch_resources_durations')
    const [event] = trackEvents(span, resource, { resourcesDurations: true })
    expect(event?.properties['fetch_resources_durations']).toEqual({ a: expect.any(Number) as number })
  })
})

test('events of many fetches go into batches below the limit, in order and without a loss', () => {
  const resources = Array.from({ length: 300 }, (_, index) => ({ name: `resource_${index}`, count: 1, fails: false }))
  const { events } = fetchOf([{ name: 'aws', resources }])
  const many = Array.from({ length: 400 }, (_, index) => ({
    ...(events[0] as (typeof events)[0]),
    messageId: `${index}`,
  }))
  const split = batches(many.map(encodeEvent))
  expect(split.length).toBeGreaterThan(1)
  expect(split.flat().map(({ event }) => event)).toEqual(many)
  for (const batch of split) {
    const now = new Date()
    const body = encodeBatch(batch, now)
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(maxBatchBytes)
    expect(body).toBe(JSON.stringify({ batch: batch.map(({ event }) => stamped(event, now)) }))
  }
})

test('a policy run is an event for each policy, with its own failure', () => {
  const run = record()
  run.operations.operation('policy run', (operation) => {
    operation.policy({ name: 'cis', type: 'hub', private: false, persistence: 'database' }, () => undefined)
    operation.policy({ name: 'mine', type: 'file', selected: true }, (policy) => policy.error(new Error('secret')))
  })
  run.end(0)
  const events = trackEvents(run.spanOf('operation'), run.resource())
  expect(
    events.map(
      ({ event, properties: { policy_name, policy_type, policy_selector, policy_is_private, policy_success } }) => [
        event,
        policy_name,
        policy_type,
        policy_selector,
        policy_is_private,
        policy_success,
      ],
    ),
  ).toEqual([
    ['policy run', 'cis', 'hub', 'none', false, true],
    ['policy run', 'private', 'file', 'private', true, false],
  ])
})

test('any other operation is one event, and the run is one with its exit code', () => {
  const run = record()
  run.operations.operation('init', () => undefined)
  run.end(3)
  const events = run.spans.flatMap((span) => trackEvents(span, run.resource()))
  expect(
    events.map(({ event, properties: { operation, success, exit_code } }) => [event, operation, success, exit_code]),
  ).toEqual([
    ['operation', 'init', true, undefined],
    ['run', undefined, false, 3],
  ])
})

test('spans of providers, resources and policies have no event of their own', () => {
  const run = record()
  run.operations.provider({ name: 'aws' }, (provider) => provider.resource('a', () => undefined))
  run.operations.policy({ name: 'cis' }, () => undefined)
  expect(run.spans.flatMap((span) => trackEvents(span, run.resource()))).toEqual([])
})

describe('identity', () => {
  const eventWith = (facts: Record<string, unknown>) => {
    const run = record()
    run.operations.operation('init', () => undefined)
    return trackEvents(run.spanOf('operation'), sanitizeResource(facts, alreadyPublic, 'client', 'collector'))[0]
  }
  const installation = '0d0c1f6e-0c6b-4a55-9f0e-53b3a8a5c9b1'
  const instance = '7d0c1f6e-0c6b-4a55-9f0e-53b3a8a5c9b1'

  test('the user is the database, otherwise the installation, and in CI without a database there is none', () => {
    const both = { 'app.installation.id': installation, 'service.instance.id': instance }
    expect(eventWith({ ...both, 'cq.database.id': '7711393108988361249' })).toMatchObject({
      anonymousId: installation,
      userId: '7711393108988361249',
    })
    expect(eventWith(both)).toMatchObject({ anonymousId: installation, userId: installation })
    const inCi = eventWith({ 'service.instance.id': instance, 'cq.ci': true })
    expect(inCi?.anonymousId).toBe(instance)
    expect(inCi).not.toHaveProperty('userId')
  })

  test("the collector's place becomes properties", () => {
    expect(eventWith({ 'geo.country.iso_code': 'DE', 'geo.continent.code': 'EU' })?.properties).toMatchObject({
      geo_country: 'DE',
      geo_continent: 'EU',
    })
  })
})
