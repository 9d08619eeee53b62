import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run, runFixture, start } from '../support/program.ts'
import { tracksOf } from '../support/receiver.ts'
import { usePlace, useReceiver } from '../support/place.ts'

/** In CI a run sends at once, so what is not sent here was not sent because of its rule. */
const sending = (): NodeJS.ProcessEnv => ({ CI: 'true', RUDDER_URL: receiver.url })

const place = usePlace()
const receiver = useReceiver()

const command = new URL('../../dist/command/main.js', import.meta.url).pathname
const waiting = new URL('../fixtures/wait.mjs', import.meta.url).pathname
const cqTelemetry = (...args: string[]) => run(process.execPath, [command, ...args], place)

const files = (): string[] => readdirSync(place.home, { recursive: true }).map(String).sort()
const inHome = (...path: string[]): string => join(place.home, '.cq', ...path)
const spool = (): string[] => (existsSync(inHome('telemetry/spool')) ? readdirSync(inHome('telemetry/spool')) : [])
const put = (path: string, text: string): void => {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
}
const consentFile = (): string => inHome('telemetry/consent.json')
/** One for each run of the fixture. */
const arrived = (): number => tracksOf(receiver.requests).filter(({ event }) => event === 'fetch').length
const id = '00000000-aaaa-4bbb-8ccc-123456789abc'

test('a run is sent without a reason against it', async () => {
  const { stdout, code } = await runFixture('fetch.mjs', place, sending())
  expect({ stdout, code }).toEqual({ stdout: 'enabled true\n', code: 0 })
  expect(arrived()).toBe(1)
})

interface Rule {
  readonly rule: string
  readonly env?: NodeJS.ProcessEnv
  readonly args?: readonly string[]
  readonly prepare?: () => unknown
}

const rules: Rule[] = [
  { rule: '--no-telemetry', args: ['--no-telemetry'] },
  { rule: '--no-telemetry', args: ['fetch', '--no-telemetry=true', 'aws'] },
  { rule: 'CQ_NO_TELEMETRY', env: { CQ_NO_TELEMETRY: '1' } },
  { rule: 'DO_NOT_TRACK', env: { DO_NOT_TRACK: '1' } },
  { rule: 'OTEL_SDK_DISABLED', env: { OTEL_SDK_DISABLED: 'true' } },
  {
    rule: 'a file .no-telemetry of the project',
    prepare: () => writeFileSync(join(place.cwd, '.no-telemetry'), 'nothing that is read'),
  },
  {
    rule: 'a file .no-telemetry of the project',
    args: ['--inspect-telemetry'],
    prepare: () => mkdirSync(join(place.cwd, '.no-telemetry')),
  },
  { rule: 'no destination is configured', env: { RUDDER_URL: '' } },
  { rule: 'a development build', env: { HOLD_DEVELOPMENT: '1', NODE_ENV: 'test' } },
  { rule: 'cq-telemetry disable', prepare: () => cqTelemetry('disable') },
  {
    rule: "the publisher's own id",
    env: { PUBLISHER_ID: '0000' },
    prepare: () => put(inHome('telemetry-random-id'), id),
  },
  ...[
    '',
    'not JSON',
    'null',
    '[]',
    '{"enabled":true}',
    '{"enabled":"yes","generation":"0123456789abcdef"}',
    'x'.repeat(9000),
  ].map((text) => ({ rule: 'the consent file cannot be read', prepare: () => put(consentFile(), text) })),
  { rule: 'the consent file cannot be read', prepare: () => mkdirSync(consentFile(), { recursive: true }) },
  { rule: 'the consent file cannot be read', prepare: () => put(join(consentFile(), 'inside'), '') },
]

test.each(rules)('off by "$rule": $args $env', async ({ rule, env, args, prepare }) => {
  await prepare?.()
  const before = files()
  const { stdout, stderr, code } = await runFixture(
    'fetch.mjs',
    place,
    { ...sending(), CQ_DEBUG_TELEMETRY: '1', ...env },
    args,
  )
  expect({ stdout, code }).toEqual({ stdout: 'enabled false\n', code: 0 })
  expect(stderr).toBe(`cq-telemetry: telemetry is off (${rule})\n`)
  expect(receiver.requests).toEqual([])
  expect(files()).toEqual(before)
  expect(readdirSync(place.cwd).filter((name) => name !== '.no-telemetry')).toEqual([])
  if (prepare === undefined) expect(before).toEqual([])
})

test("another user's id is not the publisher's", async () => {
  put(inHome('telemetry-random-id'), id)
  const { stdout } = await runFixture('fetch.mjs', place, { ...sending(), PUBLISHER_ID: '1111' })
  expect(stdout).toBe('enabled true\n')
})

describe('the persisted choice', () => {
  test('enable switches telemetry on again after a disable, and repairs a corrupt file', async () => {
    for (const spoil of [() => cqTelemetry('disable'), async () => put(consentFile(), 'garbage')]) {
      await spoil()
      expect((await cqTelemetry('status')).stdout).toContain('Telemetry is off')
      expect((await cqTelemetry('enable')).stdout).toBe('Telemetry is on.\n')
      expect((await cqTelemetry('status')).stdout).toContain('Telemetry is on')
      expect((await runFixture('fetch.mjs', place, sending())).stdout).toBe('enabled true\n')
    }
    expect(arrived()).toBe(2)
  })

  test('disable deletes the spool and the random ids', async () => {
    put(join(place.cwd, '.cq/telemetry-random-id'), id)
    await runFixture('fetch.mjs', place, { RUDDER_URL: receiver.url })
    put(inHome('telemetry-random-id'), id)
    expect(spool()).toHaveLength(1)
    expect((await cqTelemetry('disable')).code).toBe(0)
    expect(files()).toEqual(['.cq', '.cq/telemetry', '.cq/telemetry/consent.json', '.cq/telemetry/spool'])
    expect(readdirSync(join(place.cwd, '.cq'))).toEqual([])
  })

  test("disable leaves a directory of the id's name", async () => {
    put(inHome('telemetry-random-id/inside'), 'of the user')
    expect((await cqTelemetry('disable')).code).toBe(0)
    expect(readFileSync(inHome('telemetry-random-id/inside'), 'utf8')).toBe('of the user')
  })

  test('disable leaves nothing, and reports it, if the choice cannot be stored', async () => {
    mkdirSync(join(consentFile(), 'inside'), { recursive: true })
    const before = files()
    const { code, stdout, stderr } = await cqTelemetry('disable')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^cq-telemetry: the choice cannot be kept/)
    expect(files()).toEqual(before)
  })

  test('only its user can read the choice', async () => {
    await cqTelemetry('disable')
    expect(statSync(consentFile()).mode & 0o777).toBe(0o600)
  })

  test('runs that were recorded before a disable and enable are never sent', async () => {
    await runFixture('fetch.mjs', place, { ...sending(), DELIVERY: 'manual' })
    const old = spool().find((name) => name.endsWith('.jsonl')) ?? ''
    copyFileSync(inHome('telemetry/spool', old), join(place.cwd, 'kept'))
    await cqTelemetry('disable')
    await cqTelemetry('enable')
    expect(spool()).toEqual([])
    copyFileSync(join(place.cwd, 'kept'), inHome('telemetry/spool', old))
    await runFixture('fetch.mjs', place, sending())
    expect(arrived()).toBe(1)
    expect(spool()).toEqual([])
  })

  const disableWhileItRuns = async (env: NodeJS.ProcessEnv) => {
    const running = start(process.execPath, [waiting], place, { ...sending(), ...env })
    await running.says('ready')
    await cqTelemetry('disable')
    writeFileSync(join(place.cwd, 'go'), '')
    expect((await running.ended).code).toBe(0)
  }

  test.each([
    { name: 'after its first operation', env: { CI: '' } },
    { name: 'before its first operation', env: { CI: '', BEFORE: '1' } },
    { name: 'after its first operation, in CI', env: {} },
    { name: 'before its first operation, in CI', env: { BEFORE: '1' } },
  ])('a run that is disabled $name sends nothing and spools nothing', async ({ env }) => {
    await disableWhileItRuns(env)
    expect(spool()).toEqual([])
    await cqTelemetry('enable')
    await runFixture('fetch.mjs', place, sending())
    expect(tracksOf(receiver.requests).map(({ event }) => event)).toEqual(['fetch', 'run'])
  })

  test('a run that is disabled while it is open does not create its random id again', async () => {
    await disableWhileItRuns({ CI: '' })
    expect(existsSync(inHome('telemetry-random-id'))).toBe(false)
  })

  test('a run that is disabled before its first operation makes no random id', async () => {
    await disableWhileItRuns({ CI: '', BEFORE: '1' })
    expect(existsSync(inHome('telemetry-random-id'))).toBe(false)
  })
})

describe('the reference host', () => {
  const host = new URL('../../examples/cloudquery/bin/cloudquery.js', import.meta.url).pathname
  const version = (env: NodeJS.ProcessEnv = {}, args: readonly string[] = []) =>
    run(process.execPath, [host, 'version', ...args], place, {
      CI: 'true',
      CQ_RUDDER_WRITE_KEY: 'the-write-key',
      CQ_RUDDER_URL: receiver.url,
      CQ_DEBUG_TELEMETRY: '1',
      ...env,
    })

  test('sends a run without a reason against it', async () => {
    expect((await version()).code).toBe(0)
    expect(tracksOf(receiver.requests).map(({ event }) => event)).toEqual(['operation', 'run'])
  })

  test.each<[string, NodeJS.ProcessEnv, readonly string[], (() => unknown)?]>([
    ['--no-telemetry', {}, ['--no-telemetry']],
    ['CQ_NO_TELEMETRY', { CQ_NO_TELEMETRY: 'true' }, []],
    ['DO_NOT_TRACK', { DO_NOT_TRACK: '1' }, []],
    ['OTEL_SDK_DISABLED', { OTEL_SDK_DISABLED: 'true' }, []],
    ['cloudquery telemetry disable', {}, [], () => cqTelemetry('disable')],
    ['the consent file cannot be read', {}, [], () => put(consentFile(), 'garbage')],
    ['no destination is configured', { CQ_RUDDER_URL: '' }, []],
    [
      "the publisher's own id",
      {},
      [],
      () => put(inHome('telemetry-random-id'), '12345678-0000-0000-0000-c1a0dbeef000'),
    ],
  ])('is off by "%s", does its work and says so only under debug', async (rule, env, args, prepare) => {
    await prepare?.()
    const { code, stdout, stderr } = await version(env, args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: `cq-telemetry: telemetry is off (${rule})\n` })
    expect(stdout).toMatch(/^cloudquery \d/)
    expect(receiver.requests).toEqual([])
    expect((await version({ ...env, CQ_DEBUG_TELEMETRY: '' }, args)).stderr).toBe('')
  })
})
