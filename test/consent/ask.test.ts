import { existsSync, mkdirSync, readFileSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ensureChoice, readChoice } from '../../src/consent/choice.ts'
import { cli } from '../support/cloudquery.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { type Ended, inspectLog, run } from '../support/program.ts'
import { spansOf } from '../support/receiver.ts'
import { consentFile, deliverRest, files, spooled } from '../support/spool.ts'
import { shellWords, startOnTerminal } from '../support/terminal.ts'

/** `consent: 'ask'`: the question on a real terminal, where it is not asked, and what it leaves of the host's terminal.
 * The adapters are in `ask-adapters.test.ts`. */

const place = usePlace()
const receiver = useReceiver()

const fixture = (name: string) => new URL(`../fixtures/${name}.mjs`, import.meta.url).pathname
const shortAnswer = new URL('../fixtures/preload/short-answer.cjs', import.meta.url).pathname
const node = process.execPath
const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  CQ_OPTIONS: JSON.stringify({ consent: 'ask' }),
  CQ_OTLP_ENDPOINT: receiver.url,
  OTLP_URL: receiver.url,
  ...more,
})
/** Without a shell between the terminal and the tool, which would have a say in Ctrl-C. */
const lineOf = (program: string, ...args: string[]) => `exec ${shellWords(node, [program, ...args])}`
const tool = (...args: string[]) => lineOf(cli, ...args)
const telemetry = async (...args: string[]): Promise<string> =>
  (await run(node, [cli, 'telemetry', ...args], place, env())).stdout

const asks = '[y/N] '
/** Types the keys once the tool asks. */
const answer = async (line: string, keys: string, more: NodeJS.ProcessEnv = {}): Promise<Ended> => {
  const running = startOnTerminal(line, place, env(more))
  await running.says(asks)
  running.type(keys)
  return running.ended
}

const nothingIsRecorded = () => {
  expect(spooled(place)).toEqual([])
  expect(existsSync(join(place.home, '.cq', 'telemetry-random-id'))).toBe(false)
  expect(receiver.requests).toEqual([])
}

const yes = { kind: 'enabled', chosen: true, level: 'all' }
const no = { kind: 'disabled' }

describe('the reference host', () => {
  test.each([
    ['y', 'y\n', yes, 'Telemetry is on from the next run.'],
    ['yes in capitals, with blanks', '  YES \n', yes, 'Telemetry is on from the next run.'],
    ['n', 'n\n', no, 'Telemetry stays off.'],
    ['Enter alone', '\n', no, 'Telemetry stays off.'],
    ['something else', 'yellow\n', no, 'Telemetry stays off.'],
    ['another language', 'да\n', no, 'Telemetry stays off.'],
    ['invisible characters beside it', '\u200fy\n', no, 'Telemetry stays off.'],
    ['an escape sequence beside it', '\u001b[Ay\n', no, 'Telemetry stays off.'],
    ['bytes that are no text', '\ufffd\n', no, 'Telemetry stays off.'],
    ['what is left after a correction', 'no\u007f\u007fy\n', yes, 'Telemetry is on from the next run.'],
    ['the end of the input', '\u0004', no, 'Telemetry stays off.'],
  ])('keeps %s', async (_, keys, choice, says) => {
    const { code, stdout } = await answer(tool('version'), keys)
    expect(code).toBe(0)
    expect(stdout).toContain(says)
    expect(stdout).toMatch(/\r\ncloudquery 0\.1\.0 .*\r\n$/)
    expect(readChoice(consentFile(place))).toMatchObject(choice)
    nothingIsRecorded()
  })

  test('sends nothing of the run with the yes, and sends the next runs, even after an update', async () => {
    await answer(tool('version'), 'y\n')
    const { stdout } = await startOnTerminal(tool('provider', 'list'), place, env()).ended
    expect(stdout).not.toContain('elemetry')
    // As if an older version of the package had asked.
    const seen = readFileSync(files(place).notice, 'utf8')
    writeFileSync(files(place).notice, seen.replace(/^cq-telemetry .*$/m, 'cq-telemetry 0.0.9'))
    expect((await startOnTerminal(tool('provider', 'list'), place, env()).ended).stdout).not.toContain('elemetry')
    await deliverRest(place, receiver.url)
    expect(
      spansOf(receiver.requests)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['cloudquery', 'cloudquery', 'provider list', 'provider list'])
  })

  test("asks again after Ctrl-C, which reaches the host's own listener", async () => {
    const { code, stdout } = await answer(tool('version'), '\u0003')
    expect([code, existsSync(consentFile(place))]).toEqual([0, false])
    expect(stdout).toContain('cloudquery 0.1.0')
    await answer(tool('version'), 'n\n')
    expect(readChoice(consentFile(place))).toMatchObject(no)
  })

  test('asks even if an earlier version was on without a question', async () => {
    ensureChoice(consentFile(place))
    await answer(tool('version'), 'n\n')
    expect(readChoice(consentFile(place))).toMatchObject(no)
  })

  test.each([
    ['--help', {}],
    ['telemetry status', {}],
    ['version --no-telemetry', {}],
    ['version', { CI: 'true' }],
  ])('does not ask for %s with %j', async (words, more) => {
    const { code, stdout } = await startOnTerminal(tool(...words.split(' ')), place, env(more)).ended
    expect(code).toBe(0)
    expect(stdout).not.toContain(asks)
    expect(existsSync(consentFile(place))).toBe(false)
    nothingIsRecorded()
  })

  test.each([
    ['enable', [], true],
    ['enable', ['--only', 'crashes'], true],
    ['disable', [], false],
  ])('%s %j is an answer beforehand', async (command, more, enabled) => {
    await telemetry(command, ...more)
    const { stdout } = await startOnTerminal(tool('version'), place, env()).ended
    expect(stdout).not.toContain(asks)
    expect(stdout.includes('telemetry collection and crash reporting enabled')).toBe(enabled)
    expect(JSON.parse(await telemetry('status', '--json'))).toMatchObject({
      enabled,
      asks: true,
      answer: enabled ? 'yes' : 'no',
    })
  })

  test('shows what it would send before a yes, with --inspect-telemetry', async () => {
    const { stdout } = await startOnTerminal(tool('version', '--inspect-telemetry'), place, env()).ended
    expect(stdout).not.toContain(asks)
    expect(stdout).not.toContain('enabled')
    expect(inspectLog(place).length).toBeGreaterThan(0)
    expect(spooled(place)).toEqual([])
    expect(existsSync(files(place).notice)).toBe(false)
  })

  test('shows in its status that it asks, and the answer', async () => {
    expect(await telemetry('status')).toMatch(
      /^Telemetry is off \(no answer yet: "cloudquery telemetry enable" .*\n(?:.*\n)*asks +once, on a terminal: not answered yet$/m,
    )
    expect(JSON.parse(await telemetry('status', '--json'))).toMatchObject({
      enabled: false,
      asks: true,
      answer: null,
      level: null,
    })
    await answer(tool('version'), 'y\n')
    expect(await telemetry('status')).toMatch(/^asks +once, on a terminal: the answer is yes$/m)
    expect(JSON.parse(await telemetry('status', '--json'))).toMatchObject({ enabled: true, asks: true, answer: 'yes' })
  })
})

describe('a tool that uses the terminal itself', () => {
  const line = lineOf(fixture('ask'))
  const piped = shellWords(node, [fixture('ask')])

  test.each([['stream'], ['sync']])('reads what was typed after the answer, by a %s', async (AFTER) => {
    const { code, stdout } = await answer(line, 'y\nto the host\n', { AFTER })
    expect(code).toBe(0)
    expect(stdout).toContain('enabled false\r\nread to the host\r\ndone')
  })

  test('ends by itself after the answer', async () => {
    const { code, stdout } = await answer(line, 'n\n', { AGAIN: '1' })
    expect(code).toBe(0)
    expect(stdout.split(asks)).toHaveLength(2)
    expect(stdout).toMatch(/done\r\n$/)
  })

  test.each([
    ['a reader of its own', () => line, { BEFORE: '1' }],
    ['no notice ever', () => line, { NOTICE: 'silent' }],
    ['a pipe as its input', () => `true | ${piped}`, {}],
    ['a pipe as its output', () => `${piped} | cat`, {}],
    ['a file for its errors', () => `${piped} 2>errors`, {}],
    ['the background', () => `set -m; ${piped} & wait`, {}],
    ['a CI with a variable of its own', () => line, { VERCEL: '1' }],
    ['a cloud function', () => line, { LAMBDA_TASK_ROOT: '/var/task' }],
    ['an agent', () => line, { CLAUDECODE: '1' }],
    ['an agent that names itself', () => line, { AI_AGENT: 'somebody' }],
    ['a completion', () => line, { COMP_LINE: 'cloudquery v' }],
    ['a hook of git', () => line, { GIT_EXEC_PATH: '/usr/lib/git-core' }],
    ['a hook of npm', () => line, { npm_lifecycle_event: 'prepare' }],
    ['DO_NOT_TRACK', () => line, { DO_NOT_TRACK: '1' }],
    ['its own variable', () => line, { CQ_NO_TELEMETRY: '1' }],
    // Node's report of the free space, since a full disk needs the right to mount one.
    [
      'a full disk',
      () => line,
      {
        NODE_OPTIONS:
          "--import=data:text/javascript,process.getBuiltinModule('fs').statfsSync=()=>({bavail:3,bsize:4096})",
      },
    ],
    ['a development build', () => line, { DEVELOPMENT: '1', NODE_ENV: 'test' }],
  ])('is not asked with %s, and nothing is recorded', async (_, run, more) => {
    const { code, stdout } = await startOnTerminal(run(), place, env(more)).ended
    expect([code, stdout]).toEqual([0, 'enabled false\r\ndone\r\n'])
    expect(existsSync(consentFile(place))).toBe(false)
    nothingIsRecorded()
  })

  test.each([
    ['Enter', 'y\r', yes],
    ['Ctrl-D', '\u0004', no],
  ])('keeps an answer on a terminal in raw mode: %s', async (_, keys, choice) => {
    expect((await answer(`stty raw; ${line}`, keys)).code).toBe(0)
    expect(readChoice(consentFile(place))).toMatchObject(choice)
  })

  test('keeps nothing after Ctrl-C on a terminal in raw mode, and goes on', async () => {
    const { code, stdout } = await answer(`stty raw; ${line}`, 'y\u0003')
    expect(code).toBe(0)
    expect(stdout).toMatch(/done\r?\n$/)
    expect(existsSync(consentFile(place))).toBe(false)
  })

  test.each<[string, () => void]>([
    ['a file in the place of its directory', () => writeFileSync(join(place.home, '.cq'), '')],
    ['a link to nowhere in the place of its directory', () => symlinkSync('/nowhere', join(place.home, '.cq'))],
    [
      'a link to nowhere in that of the telemetry',
      () => (mkdirSync(join(place.home, '.cq')), symlinkSync('/nowhere', join(place.home, '.cq/telemetry'))),
    ],
    ['a home that is a file', () => (rmdirSync(place.home), writeFileSync(place.home, ''))],
  ])('is not asked with %s, where no answer can be kept', async (_, before) => {
    before()
    const { code, stdout } = await startOnTerminal(line, place, env()).ended
    expect([code, stdout]).toEqual([0, 'enabled false\r\ndone\r\n'])
  })

  test.each([['enable'], ['disable']])('is not asked after %s in another process', async (MEANWHILE) => {
    const { code, stdout } = await startOnTerminal(line, place, env({ MEANWHILE })).ended
    expect([code, stdout]).toEqual([0, 'enabled false\r\ndone\r\n'])
  })

  // What the system says of a descriptor.
  test.runIf(process.platform === 'linux').each([
    ['the question', { ASK: '1' }, asks, 'y\n'],
    ['the notice', {}, 'enabled', ''],
  ])('has the signal listeners and the streams that it had before %s', async (_, more, says, keys) => {
    const running = startOnTerminal(`stty columns 40; ${lineOf(fixture('terminal-state'))}`, place, env(more))
    await running.says(says)
    running.type(keys)
    const [, state = ''] = await running.matches(/state (.*)\r\n/)
    const { before, after } = JSON.parse(state) as Record<string, unknown>
    expect(after).toEqual(before)
    const { stdout } = await running.ended
    expect(
      Math.max(
        ...stdout
          .split('\r\n')
          .filter((each) => !each.startsWith('state'))
          .map(({ length }) => length),
      ),
    ).toBeLessThanOrEqual(40)
  })

  test('no answer in time is a no', async () => {
    // Without its Enter, `y` is no answer.
    const { code, stdout } = await answer(line, 'y', { NODE_OPTIONS: `--require ${shortAnswer}` })
    expect(code).toBe(0)
    expect(stdout).toMatch(/Telemetry stays off\..*\r\nenabled false\r\ndone\r\n$/)
    expect(readChoice(consentFile(place))).toMatchObject(no)
  })

  test('the first of two simultaneous answers is stored', async () => {
    const both = startOnTerminal(`${piped} </dev/tty & ${piped} </dev/tty & wait`, place, env())
    await both.matches(/\[y\/N\] [^]*\[y\/N\] /)
    both.type('y\n')
    await both.says('Telemetry is on')
    both.type('n\n')
    const { stdout } = await both.ended
    expect(stdout).not.toContain('stays off')
    expect(readChoice(consentFile(place))).toMatchObject(yes)
  })
})
