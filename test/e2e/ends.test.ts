import { beforeEach, describe, expect, test } from 'vitest'
import { type Ended, start } from '../support/program.ts'
import { tracksOf } from '../support/receiver.ts'
import { deliverRest, jobFor, runChild, sawNotice, states } from '../support/spool.ts'
import { usePlace, useReceiver } from '../support/place.ts'

/**
 * Every way in which a process can end. With telemetry it ends exactly as without, and what it did arrives: from the run
 * itself, or, where it was cut off, from its mark.
 */

const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))

const path = (name: string): string => new URL(`../fixtures/ends/${name}.mjs`, import.meta.url).pathname

interface Way {
  readonly name: string
  readonly args?: readonly string[]
  readonly nodeFlags?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** In a shell: `$0` is Node, and the program follows. */
  readonly shell?: string
}

const begin = ({ name, args = [], nodeFlags = [], env = {}, shell }: Way, more: NodeJS.ProcessEnv) => {
  const command = [process.execPath, ...nodeFlags, path(name), ...args]
  const [file = '', ...rest] = shell === undefined ? command : ['bash', '-c', shell, ...command]
  return start(file, rest, place, { RUDDER_URL: receiver.url, ...env, ...more })
}

/** Process ids, addresses and times are another's in each process. */
const comparable = ({ code, signal, stdout, stderr }: Ended) => ({
  code,
  signal,
  stdout,
  stderr: stderr.replaceAll(/0x[0-9a-f]+|\d+/g, 'N').replaceAll(/^.*(?:ms: Scavenge|ms: Mark-Compact|GCs).*$/gm, ''),
})

/** What arrived: event, operation, whether it succeeded or was aborted, its error, the exit code. */
const arrived = async () => {
  await deliverRest(place, receiver.url)
  return tracksOf(receiver.requests)
    .map(({ event, properties: { operation, success, aborted, error_class, error_type, exit_code } }) =>
      [event, operation, aborted ? 'aborted' : success, error_class, error_type, exit_code].filter(
        (part): part is string => part !== undefined,
      ),
    )
    .map((parts) => parts.join(' '))
    .sort()
}

const first = 'operation first true'
const killed = 'crash second false internal _OTHER'

describe('a run that ends by itself', () => {
  test.each<Way & { code: number; second: string; run: string; crash?: string }>([
    { name: 'return', code: 0, second: 'true', run: 'true 0' },
    { name: 'exit-code', code: 3, second: 'true', run: 'false _OTHER 3' },
    { name: 'exit-inside', code: 4, second: 'false internal _OTHER', run: 'false internal _OTHER 4' },
    { name: 'exit-later', code: 5, second: 'false internal _OTHER', run: 'false internal _OTHER 5' },
    {
      name: 'uncaught',
      code: 1,
      second: 'false internal TypeError',
      run: 'false internal TypeError 1',
      crash: 'internal TypeError',
    },
    {
      name: 'rejection',
      code: 1,
      second: 'false internal RangeError',
      run: 'false internal RangeError 1',
      crash: 'internal RangeError',
    },
    { name: 'unsettled', code: 13, second: 'false internal _OTHER', run: 'false internal _OTHER 13' },
    { name: 'shutdown', code: 0, second: 'true', run: 'true 0' },
  ])('$name', async ({ code, second, run, crash, ...way }) => {
    const ended = await begin(way, {}).ended
    expect(comparable(ended)).toEqual(comparable(await begin(way, { CQ_NO_TELEMETRY: '1' }).ended))
    expect(ended.code).toBe(code)
    const crashes = crash === undefined ? [] : [`crash second false ${crash}`]
    expect(await arrived()).toEqual([...crashes, first, `operation second ${second}`, `run ${run}`].sort())
  })

  test('a broken output is what it is without telemetry', async () => {
    const way = { name: 'broken-output', shell: 'set -o pipefail; "$0" "$@" | head -n 1' }
    const ended = await begin(way, {}).ended
    expect(comparable(ended)).toEqual(comparable(await begin(way, { CQ_NO_TELEMETRY: '1' }).ended))
    expect(await arrived()).toEqual(
      [
        'crash second false connection EPIPE',
        first,
        'operation second false connection EPIPE',
        'run false connection EPIPE 1',
      ].sort(),
    )
  })
})

describe('a run that is cut off', () => {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL', 'SIGSEGV', 'SIGQUIT']
  test.each<Way>([
    ...signals.map((signal) => ({ name: 'signal', args: [signal] })),
    { name: 'abort' },
    { name: 'out-of-memory', nodeFlags: ['--max-old-space-size=24'] },
  ])('$name $args dies of it, and the next run says so', async (way) => {
    const ended = await begin(way, {}).ended
    const without = await begin(way, { CQ_NO_TELEMETRY: '1' }).ended
    expect({ code: ended.code, signal: ended.signal }).toEqual({ code: without.code, signal: without.signal })
    expect(ended.signal).not.toBeNull()
    expect(await arrived()).toEqual([killed, first, 'operation second aborted _OTHER'])
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('a busy loop dies of %s', async (signal) => {
    const running = begin({ name: 'busy' }, {})
    await running.says('ready')
    running.kill(signal)
    expect((await running.ended).signal).toBe(signal)
    expect(await arrived()).toEqual([killed, first, 'operation second aborted _OTHER'])
  })

  test('one that is still at work is not reported', async () => {
    const running = begin({ name: 'busy' }, {})
    await running.says('ready')
    await runChild(jobFor(place, receiver.url))
    expect(receiver.requests).toEqual([])
    expect(states(place)).toEqual(['marks', 'open'])
    running.kill('SIGKILL')
    await running.ended
  })
})

describe('with signals: true', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s ends the run first, and the process dies of it', async (signal) => {
    const ended = await begin({ name: 'signal', args: [signal], env: { SIGNALS: '1' } }, {}).ended
    expect(ended).toMatchObject({ code: null, signal })
    const code = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]
    expect(await arrived()).toEqual(
      [first, 'operation second false cancelled AbortError', `run false cancelled AbortError ${code}`].sort(),
    )
  })
})
