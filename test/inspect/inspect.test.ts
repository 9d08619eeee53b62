import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sendToOtlp } from '../../src/deliver/send/otlp.ts'
import { trackEvents } from '../../src/deliver/rudder/mapping.ts'
import { sendToRudder } from '../../src/deliver/send/rudder.ts'
import { InspectSpanExporter } from '../../src/inspect/index.ts'
import { distro } from '../../src/schema/distro.ts'
import { inspectLog, runFixture } from '../support/program.ts'
import { record } from '../support/record.ts'
import { onTerminal, shellWords } from '../support/terminal.ts'
import { usePlace, useReceiver } from '../support/place.ts'

const place = usePlace()
const receiver = useReceiver()

const log = (): string => join(place.cwd, 'cloudquery.log')
const inspect = (env: NodeJS.ProcessEnv = {}, args: readonly string[] = ['--inspect-telemetry']) =>
  runFixture('fetch.mjs', place, { RUDDER_URL: receiver.url, CQ_OTLP_ENDPOINT: receiver.url, ...env }, args)

test('the log contains the same bytes as the wire', async () => {
  const run = record()
  run.operations.operation('fetch', (operation) =>
    operation.provider({ name: 'aws', version: 'v1.0.0' }, (aws) =>
      aws.resource('ec2.instances', (unit) => unit.count(42)),
    ),
  )
  run.end(0)
  const now = () => new Date('2026-11-23T10:00:00.000Z')
  const exporter = new InspectSpanExporter({ logFile: log(), now, print: () => undefined })
  exporter.write(run.resource(), run.spans)
  exporter.close()

  const batch = { resource: run.resource(), spans: run.spans }
  await sendToOtlp([batch], { url: `${receiver.url}/v1/traces`, headers: {} })
  const events = run.spans.flatMap((span) => trackEvents(span, run.resource()))
  await sendToRudder(events, { writeKey: 'key', dataPlaneUrl: receiver.url }, { now })

  const lines = inspectLog(place).map(({ message, data }) => [message, JSON.stringify(data)] as const)
  const logged = (message: string) => lines.filter(([each]) => each === message).map(([, data]) => data)
  const [otlp, rudder] = receiver.requests.map(({ body }) => body)
  const scope = `"scopeSpans":[{"scope":${JSON.stringify({ name: distro.name, version: distro.version })},`
  const schema = `"schemaUrl":"${distro.schemaUrl}"`
  expect(otlp).toBe(
    `{"resourceSpans":[{"resource":${logged('inspect resource').join()},${scope}"spans":[${logged('inspect span').join()}],${schema}}],${schema}}]}`,
  )
  expect(rudder).toBe(`{"batch":[${logged('inspect analytics event').join()}]}`)
})

describe('--inspect-telemetry', () => {
  test.each<[readonly string[], NodeJS.ProcessEnv]>([
    [['--inspect-telemetry'], {}],
    [['fetch', '--inspect-telemetry=yes'], {}],
    [[], { CQ_INSPECT_TELEMETRY: '1' }],
  ])('%j %j sends nothing and spools nothing, and says where the log is', async (args, env) => {
    const { code, stdout, stderr } = await inspect(env, args)
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'enabled true\n' })
    expect(receiver.requests).toEqual([])
    expect(stderr).toContain(`4 spans and 2 track events: written to ${log()}`)
    expect(stderr).toMatch(/cloudquery .*\n└─ fetch .*\n {3}└─ aws .*\n {6}└─ ec2.instances .*42 items/)
    expect(inspectLog(place).map(({ message }) => message)).toEqual([
      'inspect resource',
      ...Array.from({ length: 3 }, () => 'inspect span'),
      'inspect analytics event',
      'inspect span',
      'inspect analytics event',
    ])
    expect(execFileSync('find', [place.home, '-name', '*.jsonl', '-o', '-name', '*.held'], { encoding: 'utf8' })).toBe(
      '',
    )
  })

  test('works without a destination, and in a development build', async () => {
    const { stderr } = await runFixture('fetch.mjs', place, { HOLD_DEVELOPMENT: '1', NODE_ENV: 'test' }, [
      '--inspect-telemetry',
    ])
    expect(stderr).toContain('written to')
  })

  test('does not override a no', async () => {
    expect((await inspect({ CQ_NO_TELEMETRY: '1' })).stdout).toBe('enabled false\n')
  })

  test('appends to a log that only its user can read', async () => {
    writeFileSync(log(), 'of before\n', { mode: 0o600 })
    await inspect()
    expect(readFileSync(log(), 'utf8').startsWith('of before\n{')).toBe(true)
    expect(statSync(log()).mode & 0o777).toBe(0o600)
  })

  test.each<[string, () => void]>([
    ['a link', () => symlinkSync(join(place.home, 'elsewhere'), log())],
    ['a directory', () => mkdirSync(log())],
    ['a FIFO', () => execFileSync('mkfifo', [log()])],
  ])('%s in place of the log is neither followed nor waited for, and the user is told', async (_, put) => {
    put()
    const before = lstatSync(log()).mode
    const { code, stderr } = await inspect()
    expect(code).toBe(0)
    expect(stderr).toContain('cannot be written')
    expect(lstatSync(log()).mode).toBe(before)
  })

  test('colours the tree only on a terminal, and not with NO_COLOR', async () => {
    const words = shellWords(process.execPath, [
      new URL('../fixtures/fetch.mjs', import.meta.url).pathname,
      '--inspect-telemetry',
    ])
    const escape = String.fromCharCode(27)
    expect((await onTerminal(words, place, { NO_COLOR: '1' })).stdout).not.toContain(escape)
    expect((await inspect()).stderr).not.toContain(escape)
  })
})
