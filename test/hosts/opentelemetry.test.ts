import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { join } from 'node:path'
import { inspectLog, newPlace, type Place, run } from '../support/program.ts'
import { copyFixtures, newProject, nodes, type Project } from '../support/packed.ts'
import { type Receiver, startReceiver, tracksOf } from '../support/receiver.ts'

/**
 * Hosts that have an OpenTelemetry SDK of their own: neither disturbs the other, and our processor and exporter work in
 * theirs. SDK 2 asks for API 1.9; a host may have 1.10 all the same. SDK 3 asks for 1.10, and for Node 22.15.
 */

const combinations = [
  { api: '1.9.1', sdk: '2.12.0', package: '@opentelemetry/sdk-trace-base', from: 20, options: [] },
  { api: '1.10.0', sdk: '2.12.0', package: '@opentelemetry/sdk-trace-base', from: 20, options: ['--legacy-peer-deps'] },
  { api: '1.10.0', sdk: '3.1.1', package: '@opentelemetry/sdk-trace', from: 22, options: [] },
]

let place: Place
let receiver: Receiver
beforeEach(async () => {
  place = newPlace()
  receiver = await startReceiver()
})
afterEach(async () => {
  await receiver.close()
  place.remove()
})

describe.each(combinations)('API $api and SDK $sdk', ({ api, sdk, package: name, from, options }) => {
  let project: Project
  beforeAll(() => {
    project = newProject([`@opentelemetry/api@${api}`, `${name}@${sdk}`], options)
    copyFixtures(project, 'otel')
  })
  afterAll(() => project.remove())

  test.each(nodes.filter(([version]) => Number(version) >= from))('on Node %s', async (_, node) => {
    const script = join(project.directory, 'otel/host.mjs')
    const env = { SDK: name, RUDDER_URL: receiver.url }
    const { code, stdout, stderr } = await run(node, [script, '--inspect-telemetry'], place, env)
    expect({ code, errors: /Error/.test(stderr) && stderr }).toEqual({ code: 0, errors: false })
    const seen = JSON.parse(stdout) as Record<string, unknown>
    expect(seen).toMatchObject({
      activeStays: true,
      theirSpans: ['inside', 'theirs', 'y', 'x'],
      insideIsBelowTheirs: true,
      stillTheirs: true,
      // The provider's span has no event of its own.
      reports: [
        ['delivered', 0, 0],
        ['delivered', 1, 0],
      ],
      // Without the sums, which are for RudderStack.
      fetchOfTheirs: { 'cq.span.type': 'operation', 'cq.operation.name': 'fetch' },
    })
    const ours = inspectLog(place, 'host-telemetry.log').filter(({ message }) => message === 'inspect span')
    expect(ours.map(({ span }) => span)).toEqual(['private', 'outer', 'host'])
    expect(ours.some(({ data }) => data['traceId'] === seen['theirTrace'])).toBe(false)
    expect(tracksOf(receiver.requests)).toMatchObject([{ event: 'fetch', properties: { fetch_provider: 'aws' } }])
  })
})
