import { beforeEach, describe, expect, test } from 'vitest'
import { captureVariable } from '../../src/machine/variables.ts'
import { usePlace } from '../support/place.ts'
import { inspectLog, runFixture } from '../support/program.ts'
import { batchesIn, sawNotice } from '../support/spool.ts'

/** A run and its operation say the same of how it went, whatever the handler does with the exit code and with its promises. */

const place = usePlace()
beforeEach(() => sawNotice(place))

const env = { RUDDER_URL: 'http://127.0.0.1:1' }
const end = (kind: string, more: NodeJS.ProcessEnv = {}) =>
  runFixture('ends/outcome.mjs', place, { ...env, ...more }, [kind])

/** Type, name, success, class and type of the error, exit code. */
const recorded = (): string[] =>
  batchesIn(place)
    .flatMap(({ spans }) => spans)
    .map(({ type, attributes }) =>
      [
        type,
        attributes['cq.operation.name'],
        attributes['cq.success'],
        attributes['cq.error.class'],
        attributes['error.type'],
        attributes['process.exit.code'],
      ]
        .filter((part) => part !== undefined)
        .join(' '),
    )
    .sort()

const byCode = ['operation work false _OTHER', 'run false _OTHER 2']
const byError = [
  'crash work false internal RangeError',
  'operation work false internal RangeError',
  'run false internal RangeError 1',
]
const cancelled = (type: string, code = 1) => [
  `operation work false cancelled ${type}`,
  `run false cancelled ${type} ${code}`,
]

describe('an operation', () => {
  test.each<[kind: string, what: readonly string[]]>([
    ['succeeds', ['operation work true', 'run true 0']],
    ['sets a code', byCode],
    ['sets a code asynchronously', byCode],
    ['finds a code that was set before', byCode],
    ['sets a code later', byCode],
    ['exits later', byCode],
    ['does not return its promise', byError],
    ['does not await its promise', byError],
    ['handles the error of a promise that it does not return', byCode],
    ['throws in a timer', byError],
    [
      'is followed by another that fails',
      [
        'crash more false internal RangeError',
        'operation more false internal RangeError',
        'operation work true',
        'run false internal RangeError 1',
      ],
    ],
    ['is followed by another, and by a code', ['operation more true', 'operation work true', 'run false _OTHER 2']],
    ['is followed by a listener that sets a code', byCode],
    ['sets a code that a listener takes back', ['operation work true', 'run true 0']],
    ['fails, and the host reports it by a code', byError.map((event) => event.replace('RangeError 1', 'RangeError 2'))],
    [
      'throws, and the host reports it by a code',
      byError.map((event) => event.replace('RangeError 1', 'RangeError 2')),
    ],
    ['reports a usage error by a code', ['run false user UsageError 2']],
    ['is interrupted at a prompt', cancelled('ExitPromptError')],
    ['is interrupted in readline', cancelled('ABORT_ERR')],
    ['ends by the code of an interrupt', cancelled('AbortError', 130)],
  ])('that %s', async (kind, what) => {
    await end(kind)
    expect(recorded()).toEqual(what)
  })

  test('has the same outcome in a captured run', async () => {
    const log = `${place.cwd}/captured.log`
    await end('sets a code later', { [captureVariable]: log })
    const operations = inspectLog(place, 'captured.log').filter(({ event }) => event === 'operation')
    expect(operations.map(({ data }) => (data['properties'] as Record<string, unknown>)['success'])).toEqual([false])
  })
})

describe('with successCodes', () => {
  test.each<[codes: string, kind: string, what: readonly string[]]>([
    ['[0, 2]', 'sets a code', ['operation work true', 'run true 2']],
    ['[2]', 'sets a code later', ['operation work true', 'run true 2']],
    ['[2]', 'succeeds', ['operation work true', 'run true 0']],
    ['[0, 1]', 'sets a code', byCode],
    ['[0, 1]', 'throws in a timer', byError],
    ['[0, 1]', 'does not return its promise', byError],
    ['[0, 2]', 'reports a usage error by a code', ['run false user UsageError 2']],
    ['[0, 130]', 'ends by the code of an interrupt', ['operation work true', 'run true 130']],
  ])('%s, an operation that %s', async (codes, kind, what) => {
    await end(kind, { SUCCESS: codes })
    expect(recorded()).toEqual(what)
  })
})
