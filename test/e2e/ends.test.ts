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

describe('a run that ends by itself', () => {
  test.each<Way & { code: number; second: string; run: string; crash?: string }>([
    { name: 'return', code: 0, second: 'true', run: 'true 0' },
    { name: 'exit-code', code: 3, second: 'true', run: 'false _OTHER 3' },
    { name: 'exit-inside', code: 4, second: 'false _OTHER', run: 'false _OTHER 4' },
    { name: 'exit-later', code: 5, second: 'false _OTHER', run: 'false _OTHER 5' },
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
    { name: 'unsettled', code: 13, second: 'false _OTHER', run: 'false _OTHER 13' },
    { name: 'shutdown', code: 0, second: 'true', run: 'true 0' },
  ])('$name', async ({ code, second, run, crash, ...way }) => {
    const ended = await begin(way, {}).ended
    expect(comparable(ended)).toEqual(comparable(await begin(way, { CQ_NO_TELEMETRY: '1' }).ended))
    expect(ended.code).toBe(code)
    const crashes = crash === undefined ? [] : [`crash second false ${crash}`]
    expect(await arrived()).toEqual([...crashes, first, `operation second ${second}`, `run ${run}`].sort())
  })
})

describe('a run whose output was closed by its reader', () => {
  const ways = ['log', 'write', 'awaited', 'sync', 'pipe', 'pipeline', 'wrapped', 'handled', 'stderr', 'destroyed']
  test.each(ways)('is cancelled and no crash: %s', async (way) => {
    const shell = `set -o pipefail; "$0" "$@" ${way === 'stderr' ? '2>&1 >/dev/null ' : ''}| head -n 1`
    const run = { name: 'broken-output', args: [way], shell }
    const ended = await begin(run, {}).ended
    const { stderr, ...without } = comparable(await begin(run, { CQ_NO_TELEMETRY: '1' }).ended)
    expect(comparable(ended)).toEqual({ ...without, stderr: expect.stringContaining(stderr.slice(0, 20)) as string })
    const events = await arrived()
    expect(events.filter((event) => !event.includes('cancelled'))).toEqual([first])
    expect(events).toHaveLength(3)
  })

  test('an error of a network connection does not count as one of the output', async () => {
    await begin({ name: 'broken-output', args: ['server'] }, {}).ended
    expect(await arrived()).toEqual([
      'crash false connection EPIPE',
      first,
      'operation second false connection EPIPE',
      'run false connection EPIPE 1',
    ])
  })
})

describe('a run that is cut off', () => {
  /** Signals by which somebody ends a command, with the code by which a shell names them. */
  const cancelling: Record<string, number> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGQUIT: 131 }
  /** Those of a fault. */
  const faults: Record<string, number> = { SIGSEGV: 139, SIGBUS: 135, SIGILL: 132, SIGFPE: 136, SIGABRT: 134 }

  test('by a signal of another process is aborted and no crash', async () => {
    const signals = [...Object.keys(cancelling), ...Object.keys(faults), 'SIGKILL'] as NodeJS.Signals[]
    await Promise.all(
      signals.map(async (signal) => {
        const running = begin({ name: 'busy' }, {})
        await running.says('ready')
        running.kill(signal)
        expect((await running.ended).signal).toBe(signal)
      }),
    )
    expect(await arrived()).toEqual(signals.flatMap(() => [first, 'operation second aborted _OTHER']).sort())
  })

  test('by a lack of memory is aborted and no crash', async () => {
    const way = { name: 'out-of-memory', nodeFlags: ['--max-old-space-size=24'] }
    const ended = await begin(way, {}).ended
    const without = await begin(way, { CQ_NO_TELEMETRY: '1' }).ended
    expect({ code: ended.code, signal: ended.signal }).toEqual({ code: without.code, signal: without.signal })
    expect(await arrived()).toEqual([first, 'operation second aborted _OTHER'])
  })

  /** Ends by each of the signals, which are the arguments of the fixture, and returns with what. */
  const endBy = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    Promise.all(
      args.map(async (arg) => {
        const { code, signal } = await begin({ name: 'signal', args: [arg] }, env).ended
        return { code, signal }
      }),
    )

  test('by a signal of its own, or with its code, is cancelled', async () => {
    const ways = { ...cancelling, 2: 130, 'exit-130': 130, 'exit-141': 141 }
    const ends = await endBy(Object.keys(ways))
    expect(ends).toEqual(await endBy(Object.keys(ways), { CQ_NO_TELEMETRY: '1' }))
    const events = Object.values(ways).flatMap((code) => [
      first,
      'operation second false cancelled AbortError',
      `run false cancelled AbortError ${code}`,
    ])
    expect(await arrived()).toEqual(events.sort())
  })

  test('by a fault of its own crashes', async () => {
    const ends = await endBy(Object.keys(faults))
    expect(ends.map(({ signal }) => signal)).toEqual(Object.keys(faults))
    const events = Object.values(faults).flatMap((code) => [
      'crash second false internal _OTHER',
      first,
      'operation second false internal _OTHER',
      `run false internal _OTHER ${code}`,
    ])
    expect(await arrived()).toEqual(events.sort())
  })

  test('by process.abort() crashes', async () => {
    expect((await begin({ name: 'abort' }, {}).ended).signal).toBe('SIGABRT')
    expect(await arrived()).toContain('crash second false internal _OTHER')
  })

  test('by its own SIGKILL is aborted', async () => {
    await endBy(['SIGKILL'])
    expect(await arrived()).toEqual([first, 'operation second aborted _OTHER'])
  })

  test('an open run is not reported', async () => {
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
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s ends the run first, and then the process', async (signal) => {
    const ended = await begin({ name: 'signal', args: [signal], env: { SIGNALS: '1' } }, {}).ended
    expect(ended).toMatchObject({ code: null, signal })
    const code = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]
    expect(await arrived()).toEqual(
      [first, 'operation second false cancelled AbortError', `run false cancelled AbortError ${code}`].sort(),
    )
  })
})
