import { beforeEach, describe, expect, test } from 'vitest'
import { usePlace } from '../support/place.ts'
import { type Ended, run } from '../support/program.ts'
import { batchesIn, sawNotice } from '../support/spool.ts'

/** A callback's value is handed back as it is, and using it is as it is without telemetry. */

const place = usePlace()
beforeEach(() => sawNotice(place))

const fixture = new URL('../fixtures/values/values.mjs', import.meta.url).pathname

const use = (value: string, how: string, env: NodeJS.ProcessEnv, flags: readonly string[] = []) =>
  run(process.execPath, ['--stack-trace-limit=30', ...flags, fixture, value, how], place, {
    RUDDER_URL: 'http://127.0.0.1:1',
    ...env,
  })

/** Without the frames between the host's callback and its call: ours, and those of Node. */
const withoutFrames = (text: string): string => text.replaceAll(/^ +at .*(?:node:|\/dist\/).*\n/gm, '')

const comparable = ({ code, signal, stdout, stderr }: Ended) => ({
  code,
  signal,
  stdout: withoutFrames(stdout),
  stderr: withoutFrames(stderr).replaceAll(/node:\d+/g, 'node:N'),
})

/** The result of the operation and its error, as recorded. */
const outcome = () => {
  const operation = batchesIn(place)
    .flatMap(({ spans }) => spans)
    .find(({ name }) => name === 'second')
  if (!operation) return 'none'
  return operation.attributes['cq.success'] === true ? 'ok' : String(operation.attributes['error.type'])
}

const expectBothWays = async (...[value, how, env = {}, flags]: Parameters<typeof use>) => {
  const without = await use(value, how, { ...env, CQ_NO_TELEMETRY: '1' }, flags)
  const ended = await use(value, how, env, flags)
  expect(comparable(ended)).toEqual(comparable(without))
  return ended
}

const promises: [value: string, is: string][] = [
  ['a promise', 'ok'],
  ['a promise that fails', 'RangeError'],
  ['a fulfilled promise', 'ok'],
  ['a rejected promise', 'RangeError'],
]

describe.each(promises)('%s', (value, is) => {
  test.each([
    'awaited',
    'awaited twice',
    'awaited in the next microtask',
    'caught',
    'finally',
    'then',
    'then with both',
    'returned',
    'resolved',
    'all',
    'settled',
    'raced',
    'yielded',
    'looked at',
    'frozen',
  ])('%s is as without telemetry, and its outcome is recorded', async (how) => {
    const { stdout } = await expectBothWays(value, how, {})
    expect(stdout).toContain('the same true')
    expect(outcome()).toBe(is)
  })
})

describe.each(['a promise that fails', 'a rejected promise', 'a rejected promise that is handled before'])(
  '%s',
  (value) => {
    test.each(
      ['strict', 'warn', 'none', 'throw', 'warn-with-error-code'].flatMap((mode) =>
        ['not used', 'caught', 'caught later', 'awaited later'].map((how) => [mode, how] as const),
      ),
    )('with --unhandled-rejections=%s, %s, ends as without telemetry', async (mode, how) => {
      await expectBothWays(value, how, {}, [`--unhandled-rejections=${mode}`])
      expect(outcome()).not.toBe('none')
    })

    test.each(['not used', 'caught', 'caught later', 'then'])('%s has the same events', async (how) => {
      await expectBothWays(value, how, { EVENTS: '1' })
    })
  },
)

test.each<[value: string, how: string, is: string]>([
  ['a promise that is handled before', 'not used', '_OTHER'],
  ['a rejected promise that is handled before', 'not used', '_OTHER'],
  ['a promise', 'not used', 'ok'],
  ['a subclass', 'awaited', 'ok'],
  ['a subclass', 'then', 'ok'],
  ['a subclass that fails', 'caught', 'RangeError'],
  ['a subclass that fails', 'then with both', 'RangeError'],
  ['a subclass that counts', 'awaited', 'ok'],
  ['a subclass with a then of its own', 'awaited', 'ok'],
  ['a promise of another realm', 'awaited', 'ok'],
  ['a promise of another realm', 'then', 'ok'],
  ['a rejected promise of another realm', 'caught', '_OTHER'],
  ['a rejected promise of another realm', 'not used', 'ERR_UNHANDLED_REJECTION'],
  ['a frozen promise', 'awaited', 'ok'],
  ['a frozen promise that fails', 'caught', 'ok'],
  ['a frozen promise that fails', 'not used', 'ok'],
  ['a promise with a constructor of its own', 'awaited', 'ok'],
  ['a promise with a then of its own', 'awaited', 'ok'],
  ['a query', 'not used', 'ok'],
  ['a query', 'awaited', 'ok'],
  ['a query', 'awaited twice', 'ok'],
  ['a query', 'awaited later', 'ok'],
  ['a query', 'then', 'ok'],
  ['a query', 'all', 'ok'],
  ['a query', 'looked at', 'ok'],
  ['a query that fails', 'caught', 'RangeError'],
  ['a query that fails', 'then with both', 'RangeError'],
  ['a frozen query', 'awaited', 'ok'],
  ['a function with a then', 'awaited', 'ok'],
  ['an object with a then', 'awaited', 'ok'],
  ['an object with a then', 'looked at', 'ok'],
  ['a then that throws', 'not used', 'ok'],
  ['a getter that throws', 'not used', 'ok'],
  ['a getter that throws', 'looked at', 'ok'],
  ['a proxy', 'not used', 'ok'],
  ['a proxy of a query', 'awaited', 'ok'],
  ['an object below a proxy', 'not used', 'ok'],
  ['a revoked proxy', 'not used', 'ok'],
  ['an async generator', 'not used', 'ok'],
  ['a generator', 'not used', 'ok'],
  ['a module', 'awaited', 'ok'],
  ['nothing', 'awaited', 'ok'],
  ['null', 'awaited', 'ok'],
  ['a text', 'awaited', 'ok'],
])('%s, %s, is as without telemetry', async (value, how, is) => {
  const { stdout } = await expectBothWays(value, how, {})
  expect(stdout).toContain('the same true')
  expect(outcome()).toBe(is)
})
