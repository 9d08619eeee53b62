import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readChoice } from '../../src/consent/choice.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { type Ended, inspectLog, run, runFixture } from '../support/program.ts'
import { attributesOf, spansOf, tracksOf } from '../support/receiver.ts'
import { consentFile, deliverRest, sawNotice, spooled } from '../support/spool.ts'
import { withinOneDay } from '../support/one-day.ts'

/** `enable --only crashes` and `enable --only usage`: what is recorded, shown and sent. */

withinOneDay()
const place = usePlace()
const receiver = useReceiver()

const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const command = (...args: string[]): Promise<Ended> => run(process.execPath, [main, ...args], place)
const env = () => ({
  CQ_OTLP_ENDPOINT: receiver.url,
  CQ_RUDDER_URL: receiver.url,
  CQ_RUDDER_WRITE_KEY: 'the-write-key',
})

const types = (spans: readonly Parameters<typeof attributesOf>[0][]): unknown[] =>
  [...new Set(spans.map((span) => attributesOf(span)['cq.span.type']))].sort()

const usage = ['operation', 'provider', 'resource', 'run']

test.each([
  ['all', [...usage, 'crash'].sort(), ['crash', 'fetch', 'operation', 'run']],
  ['crashes', ['crash'], ['crash']],
  ['usage', usage, ['fetch', 'operation', 'run']],
])('with %s allowed, nothing else is sent', async (level, spanTypes, events) => {
  sawNotice(place)
  expect(await command('enable', '--only', level)).toMatchObject({ code: 0 })
  await runFixture('fetch.mjs', place, { ...env(), RUDDER_URL: receiver.url })
  await runFixture('killed.mjs', place, env())
  await runFixture('crash.mjs', place, env())
  await deliverRest(place, receiver.url)
  expect(types(spansOf(receiver.requests))).toEqual(spanTypes)
  expect([...new Set(tracksOf(receiver.requests).map(({ event }) => event))].sort()).toEqual(events)
})

test.each([
  ['crashes', ['crash']],
  ['usage', ['operation', 'run']],
])('with %s allowed, nothing else is shown', async (level, expected) => {
  await command('enable', '--only', level)
  await runFixture('crash.mjs', place, env(), ['--inspect-telemetry'])
  const spans = inspectLog(place).filter(({ message }) => message === 'inspect span')
  expect(types(spans.map(({ data }) => data as never))).toEqual(expected)
})

test.each([
  [[], 'all', 'Telemetry is on.\n', 'Telemetry is on ('],
  [['--only', 'all'], 'all', 'Telemetry is on.\n', 'Telemetry is on ('],
  [
    ['--only', 'crashes'],
    'crashes',
    'for crash reports alone.\n',
    'Telemetry is on, for crash reports alone (npx cq-telemetry enable --only crashes)',
  ],
  [
    ['--only', 'usage'],
    'usage',
    'without crash reports.\n',
    'Telemetry is on, without crash reports (npx cq-telemetry enable --only usage)',
  ],
])('enable %j is kept and said', async (args, level, says, status) => {
  const { code, stdout } = await command('enable', ...args)
  expect(code).toBe(0)
  expect(stdout).toContain(says)
  expect((await command('status')).stdout).toContain(status)
  expect((await command('doctor')).stdout).toContain(status.toLowerCase())
  expect(JSON.parse((await command('status', '--json')).stdout)).toMatchObject({ enabled: true, level })
})

test.each([
  ['all', 'cq-telemetry enable'],
  ['crashes', 'cq-telemetry enable --only crashes'],
  ['usage', 'cq-telemetry enable --only usage'],
])('with %s allowed, debug says so', async (level, rule) => {
  await command('enable', '--only', level)
  const { stderr } = await runFixture('fetch.mjs', place, { ...env(), CQ_DEBUG_TELEMETRY: '1' })
  expect(stderr).toContain(`telemetry is on (${rule})\n`)
})

test('with crashes allowed, an inspected run without a crash says that no span was recorded', async () => {
  await command('enable', '--only', 'crashes')
  const { stderr } = await runFixture('fetch.mjs', place, env(), ['--inspect-telemetry'])
  expect(stderr).toContain('No span was recorded: --debug-telemetry says why.\n')
})

test.each<[string, string, NodeJS.ProcessEnv]>([
  ['a switch', 'DO_NOT_TRACK', { DO_NOT_TRACK: '1' }],
  ['a variable of the tool', 'CQ_NO_TELEMETRY', { CQ_NO_TELEMETRY: '1' }],
  ['a file of the project', 'the file', {}],
])('enable says where %s says no all the same', async (_, rule, more) => {
  if (rule === 'the file') writeFileSync(join(place.cwd, '.no-telemetry'), '')
  const enable = (...args: string[]) =>
    run(process.execPath, [main, 'enable', '--only', 'crashes', ...args], place, more)
  const { code, stdout } = await enable()
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^Your choice is kept: on, for crash reports alone\./)])
  expect(stdout).toContain(`Telemetry is off here all the same (${rule}`)
  const json: unknown = JSON.parse((await enable('--json')).stdout)
  expect(json).toEqual({ enabled: false, level: 'crashes', rule: expect.stringContaining(rule) as string })
})

test.each<[string, () => unknown, string | null]>([
  ['nothing was said', () => undefined, 'all'],
  ['a yes', () => command('enable', '--only', 'usage'), 'usage'],
  ['a no', () => command('disable'), null],
  ['a file that is none', async () => (await command('enable'), writeFileSync(consentFile(place), '{')), null],
])('the level in the status after %s is what is allowed', async (_, before, level) => {
  await before()
  expect(JSON.parse((await command('status', '--json')).stdout)).toMatchObject({ level })
})

test.each([['Crashes'], ['crash'], [''], ['none'], ['all,usage']])(
  'enable --only %j is refused, and the choice stays',
  async (only) => {
    await command('disable')
    const { code, stderr } = await command('enable', '--only', only)
    expect(code).toBe(2)
    expect(stderr).toContain('--only must be crashes, usage or all')
    expect(readChoice(consentFile(place)).kind).toBe('disabled')
  },
)

test.each([['"only":"none"'], ['"only":"all"'], ['"only":"crashes","only":"usage"'], ['"only":["usage"]']])(
  'a file that says %s counts as a no',
  async (more) => {
    await command('enable')
    writeFileSync(consentFile(place), `{"enabled":true,"generation":"0123456789abcdef",${more}}\n`)
    expect(readChoice(consentFile(place)).kind).toBe('unreadable')
  },
)

test('a new level deletes what was recorded under the last one', async () => {
  sawNotice(place)
  await runFixture('fetch.mjs', place, { ...env(), DELIVERY: 'manual' })
  await command('enable', '--only', 'crashes')
  expect(spooled(place)).toEqual([])
  await deliverRest(place, receiver.url)
  expect(spansOf(receiver.requests)).toEqual([])
})

test('crashes before a choice are neither announced nor sent after it', async () => {
  sawNotice(place)
  for (let crash = 0; crash < 7; crash += 1) await runFixture('crash.mjs', place, { ...env(), DELIVERY: 'manual' })
  const telemetry = join(place.home, '.cq', 'telemetry')
  expect(readdirSync(join(telemetry, 'crashes'))).toHaveLength(6)
  await command('enable', '--only', 'usage')
  expect(readdirSync(join(telemetry, 'crashes'))).toEqual([])
  expect(existsSync(join(telemetry, 'crashed'))).toBe(false)
  expect((await command('status')).stdout).toContain('waiting  nothing')
})
