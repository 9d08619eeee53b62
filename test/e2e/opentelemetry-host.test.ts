import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readChoice, saveChoice } from '../../src/consent/choice.ts'
import { layoutOf } from '../../src/machine/layout.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { type Ended, inspectLog, run } from '../support/program.ts'
import { attributesOf, resourcesOf, type Receiver, spansOf, tracksOf } from '../support/receiver.ts'
import { onTerminal, shellWords, startOnTerminal } from '../support/terminal.ts'

/** `examples/opentelemetry`: a tool with an OpenTelemetry set-up of its own, its user's collector and its publisher. */

const place = usePlace()
const collector = useReceiver()
const publisher = useReceiver()
const organisation = useReceiver()

const cli = new URL('../../examples/opentelemetry/dist/cli.js', import.meta.url).pathname

/** Each is in something that the tool records: a name, an attribute, an error, a header. */
const secrets = /s3cret/
const sync = ['sync', 'github', 'acme/s3cret', 'acme/second']

const environment = (): NodeJS.ProcessEnv => ({
  FERRY_PUBLISHER: publisher.url,
  FERRY_TIMEOUT: '20000',
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=s3cret',
})
const ferry = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  run(process.execPath, [cli, ...args], place, { ...environment(), ...env })

/** The first run of a user, on a terminal. */
const firstRun = () => onTerminal(shellWords(process.execPath, [cli, ...sync]), place, environment())

const consent = () => join(place.home, '.ferry', 'telemetry', 'consent.json')

/** The span of a repository, as the tool made it. */
const resource = (repository: string, count: number) => ({
  'cq.span.type': 'resource',
  'cq.resource.name': 'issues',
  repository,
  'cq.resource.count': count,
})

const spans = ({ requests }: Receiver) => spansOf(requests).map((span) => [span.name, attributesOf(span)] as const)
const names = (receiver: Receiver) => spans(receiver).map(([name]) => name)

describe('a run that may send', () => {
  test("sends every span unchanged to the user's collector", async () => {
    await firstRun()
    collector.requests.length = 0
    expect(await ferry(sync)).toMatchObject({ code: 0, stdout: 'copied 2\n', stderr: '' })
    expect(spans(collector)).toEqual([
      ['GET', { 'url.full': 'https://github/acme/s3cret/issues' }],
      ['copy acme/s3cret', resource('acme/s3cret', 33)],
      ['GET', { 'url.full': 'https://github/acme/second/issues' }],
      ['copy acme/second', resource('acme/second', 33)],
      ['provider', { 'cq.span.type': 'provider', 'cq.provider.name': 'github' }],
      ['sync', { 'cq.span.type': 'operation', 'cq.operation.name': 'sync', server: 'github' }],
      ['ferry', { 'cq.span.type': 'run', 'process.command_args': sync, 'process.exit.code': 0 }],
    ])
    expect(collector.requests.map(({ headers }) => headers['x-api-key'])).toEqual(['s3cret'])
  })

  test("sends what the table allows to the publisher's collector, with the sums and our resource", async () => {
    await firstRun()
    await ferry(sync)
    expect(names(publisher)).toEqual(['issues', 'issues', 'github', 'sync', 'ferry'])
    const sums = { 'cq.resources.count': 66, 'cq.resources.fetches': 2, 'cq.success': true }
    expect(spans(publisher).find(([name]) => name === 'sync')?.[1]).toMatchObject(sums)
    expect(resourcesOf(publisher.requests)).toMatchObject([
      {
        'service.name': 'ferry',
        'service.version': '1.4.0',
        'app.installation.id': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        'telemetry.distro.name': 'cq-telemetry',
      },
    ])
    for (const { body, headers } of publisher.requests) expect(body + JSON.stringify(headers)).not.toMatch(secrets)
  })

  test('sends the track calls to RudderStack', async () => {
    await firstRun()
    await ferry(sync)
    const fetch = {
      operation: 'sync',
      fetch_provider: 'github',
      fetch_total_resources_count: 66,
      fetch_resources: ['issues'],
    }
    expect(tracksOf(publisher.requests)).toMatchObject([
      { event: 'fetch', properties: fetch },
      { event: 'run', properties: { exit_code: 0, success: true } },
    ])
  })

  test("keeps a private name and an error on the user's side", async () => {
    await firstRun()
    collector.requests.length = 0
    const { code, stderr } = await ferry(['sync', 'git.s3cret.corp', 's3cret'])
    expect({ code, stderr }).toEqual({ code: 1, stderr: 's3cret is not a repository\n' })
    expect(names(collector)).toEqual(['copy s3cret', 'provider', 'sync', 'ferry'])
    expect(names(publisher)).toEqual(['private', 'private', 'sync', 'ferry'])
    expect(tracksOf(publisher.requests)).toMatchObject([
      { event: 'fetch', properties: { fetch_provider: 'private', fetch_status: 'failed', success: false } },
      { event: 'run', properties: { exit_code: 1, success: false } },
    ])
    for (const { body } of publisher.requests) expect(body).not.toMatch(secrets)
  })
})

test('in CI the first run sends, without an id', async () => {
  await ferry(sync, { CI: 'true' })
  expect(tracksOf(publisher.requests).map(({ event }) => event)).toEqual(['fetch', 'run'])
  expect(resourcesOf(publisher.requests).map((each) => each['app.installation.id'])).toEqual([undefined])
})

describe('nothing is sent to the publisher', () => {
  test('by the run that shows the notice, or by one before it', async () => {
    await ferry(sync)
    const { stdout } = await firstRun()
    expect(stdout).toContain(`Anonymous telemetry collection and crash reporting enabled.`)
    expect(stdout).toContain(new URL(publisher.url).host)
    expect(publisher.requests).toEqual([])
  })

  test.each<[string, readonly string[], NodeJS.ProcessEnv]>([
    ['--no-telemetry', ['--no-telemetry'], {}],
    ['DO_NOT_TRACK', [], { DO_NOT_TRACK: '1' }],
    ['FERRY_NO_TELEMETRY', [], { FERRY_NO_TELEMETRY: '1' }],
  ])(
    "with %s, which computes and stores no id, and the user's collector still gets the spans",
    async (_, args, env) => {
      expect((await ferry([...args, ...sync], { CI: 'true', ...env })).code).toBe(0)
      expect(publisher.requests).toEqual([])
      expect(existsSync(join(place.home, '.ferry'))).toBe(false)
      expect(names(collector)).toHaveLength(7)
      expect(resourcesOf(collector.requests)).toEqual([{ 'service.name': 'ferry', 'service.version': '1.4.0' }])
    },
  )

  test('with crash reports alone allowed, since its spans are usage', async () => {
    await firstRun()
    saveChoice(layoutOf(join(place.home, '.ferry', 'telemetry')), 'crashes', [])
    expect(await ferry(sync)).toMatchObject({ code: 0, stdout: 'copied 2\n' })
    expect(publisher.requests).toEqual([])
  })

  test('after the user has opted out for good', async () => {
    await firstRun()
    saveChoice(layoutOf(join(place.home, '.ferry', 'telemetry')), 'disabled', [])
    expect((await ferry(sync, { CI: 'true' })).code).toBe(0)
    expect(publisher.requests).toEqual([])
  })

  test('with --inspect-telemetry, which shows what would be sent and what is removed', async () => {
    const { stderr } = await ferry([...sync, '--inspect-telemetry'])
    expect(publisher.requests).toEqual([])
    const log = inspectLog(place, 'ferry-telemetry.log')
    expect(log.flatMap(({ span }) => span ?? [])).toEqual(['issues', 'issues', 'github', 'sync', 'ferry'])
    expect(log.flatMap(({ event }) => event ?? [])).toEqual(['fetch', 'run'])
    expect(log.at(-1)).toMatchObject({
      message: 'inspect removed',
      data: [
        { what: '(another attribute)', reason: 'it is not in the table', count: 3 },
        { what: '(a whole span)', reason: 'it has no cq.span.type of the table', count: 2 },
        { what: 'process.command_args', reason: 'it is not in the table', count: 1 },
      ],
    })
    expect(stderr).toMatch(/2 × {2}\(a whole span\) +it has no cq\.span\.type of the table/)
    expect(stderr + JSON.stringify(log)).not.toMatch(secrets)
  })
})

describe('a tool that asks', () => {
  const asking = () => ({ ...environment(), FERRY_CONSENT: 'ask' })

  test.each([
    ['y\n', 'is on from the next run', { kind: 'enabled', chosen: true }, ['fetch', 'run']],
    ['n\n', 'stays off', { kind: 'disabled' }, []],
  ])('keeps the answer %j on a terminal, and sends nothing before a yes', async (keys, says, choice, events) => {
    const running = startOnTerminal(shellWords(process.execPath, [cli, ...sync]), place, asking())
    await running.says('[y/N] ')
    running.type(keys)
    const { code, stdout } = await running.ended
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`Telemetry ${says}.*\\r\\ncopied 2\\r\\n$`))
    expect(readChoice(consent())).toMatchObject(choice)
    expect(publisher.requests).toEqual([])
    expect(await ferry(sync, asking())).toMatchObject({ stdout: 'copied 2\n', stderr: '' })
    expect(tracksOf(publisher.requests).map(({ event }) => event)).toEqual(events)
  })

  test('is not answered in CI, where nothing is sent', async () => {
    expect(await ferry(sync, { ...asking(), CI: 'true' })).toMatchObject({ code: 0, stdout: 'copied 2\n', stderr: '' })
    expect([publisher.requests, existsSync(consent())]).toEqual([[], false])
  })
})

describe('an organisation that redirects', () => {
  const redirected = (FERRY_OTLP_ENDPOINT: string) => ({
    FERRY_OTLP_ENDPOINT,
    FERRY_OTLP_HEADERS: 'x-organisation=1',
    CI: 'true',
  })

  test('gets everything, by its own headers alone, and the notice names its host', async () => {
    const { stderr } = await ferry(sync, redirected(organisation.url))
    expect(stderr).toContain(`Data goes to ${new URL(organisation.url).host} (set by FERRY_OTLP_ENDPOINT).`)
    expect(publisher.requests).toEqual([])
    expect(organisation.requests.map(({ path }) => path)).toEqual(['/v1/traces'])
    expect(names(organisation)).toEqual(['issues', 'issues', 'github', 'sync', 'ferry'])
    expect(organisation.requests[0]?.headers['x-organisation']).toBe('1')
    expect(JSON.stringify(organisation.requests)).not.toMatch(secrets)
  })

  test.each([
    ['collector:4318', []],
    ['', ['fetch', 'run']],
  ])('by %j sends the publisher %j', async (endpoint, events) => {
    expect(await ferry(sync, redirected(endpoint))).toMatchObject({ code: 0, stdout: 'copied 2\n' })
    expect(tracksOf(publisher.requests).map(({ event }) => event)).toEqual(events)
  })
})
