import { describe, expect, test } from 'vitest'
import { classify } from '../../src/record/errors.ts'
import { errorTypes, sqlStateClasses } from '../../src/schema/errors.ts'
import { type ErrorClass, errorClasses } from '../../src/schema/vocabulary.ts'

const secret = 'postgres://me:hunter2@10.1.2.3/db'
const failure = (fields: object = {}, message = secret): Error => Object.assign(new Error(message), fields)
const named = (name: string): Error => failure({ name })
const coded = (code: string): Error => failure({ code })

const table: { error: unknown; is: ErrorClass; type: string; sqlState?: string }[] = [
  { error: AbortSignal.abort().reason, is: 'cancelled', type: 'AbortError' },
  { error: coded('ABORT_ERR'), is: 'cancelled', type: 'ABORT_ERR' },
  { error: named('CanceledError'), is: 'cancelled', type: 'CanceledError' },
  { error: coded('57014'), is: 'cancelled', type: 'DatabaseError', sqlState: '57' },
  { error: coded('EAUTH'), is: 'auth', type: 'EAUTH' },
  { error: coded('ECONNREFUSED'), is: 'connection', type: 'ECONNREFUSED' },
  { error: coded('EPIPE'), is: 'connection', type: 'EPIPE' },
  { error: named('TimeoutError'), is: 'connection', type: 'TimeoutError' },
  { error: coded('08006'), is: 'connection', type: 'DatabaseError', sqlState: '08' },
  { error: coded('42P01'), is: 'database', type: 'DatabaseError', sqlState: '42' },
  { error: coded('XX000'), is: 'database', type: 'DatabaseError', sqlState: 'XX' },
  { error: coded('ENOENT'), is: 'user', type: 'ENOENT' },
  { error: coded('commander.unknownOption'), is: 'user', type: 'CommanderError' },
  { error: named('YAMLParseError'), is: 'user', type: 'YAMLParseError' },
  { error: new TypeError(secret), is: 'internal', type: 'TypeError' },
  { error: new AggregateError([failure()], secret), is: 'internal', type: 'AggregateError' },
  { error: coded('ERR_ASSERTION'), is: 'internal', type: 'ERR_ASSERTION' },
  { error: named('SecretError'), is: 'internal', type: '_OTHER' },
  { error: coded('HUNTER2'), is: 'internal', type: 'Error' },
  { error: coded('QQ123'), is: 'internal', type: 'Error' },
  { error: failure({ cause: coded('ECONNREFUSED') }), is: 'connection', type: 'ECONNREFUSED' },
  {
    error: failure({ cause: failure({ cause: coded('23505') }) }),
    is: 'database',
    type: 'DatabaseError',
    sqlState: '23',
  },
  { error: failure({ code: 'EACCES', cause: coded('ECONNREFUSED') }), is: 'user', type: 'EACCES' },
  { error: new RangeError(secret, { cause: failure() }), is: 'internal', type: 'RangeError' },
]

test.each(table)('$type is $is ($sqlState)', ({ error, is, type, sqlState }) => {
  expect(classify(error)).toEqual({ type, errorClass: is, ...(sqlState && { sqlStateClass: sqlState }) })
})

const throwing = (): never => {
  throw failure()
}
const getters = Object.defineProperties(
  {},
  { name: { get: throwing }, code: { get: throwing }, cause: { get: throwing } },
)
const cyclic = failure()
Object.assign(cyclic, { cause: failure({ cause: cyclic }) })
const { proxy: revoked, revoke } = Proxy.revocable({}, {})
revoke()
const endless: unknown = new Proxy({}, { get: (_, key) => (key === 'cause' ? endless : secret) })

const strange: [string, unknown][] = [
  ['a string', secret],
  ['an empty string', ''],
  ['undefined', undefined],
  ['null', null],
  ['a number', 42],
  ['a bigint', 1n],
  ['a symbol', Symbol(secret)],
  ['a function', () => secret],
  ['an array', [secret]],
  ['an object without a prototype', Object.create(null)],
  ['a frozen error', Object.freeze(failure())],
  ['getters that throw', getters],
  ['a proxy that throws', new Proxy({}, { get: throwing, has: throwing, getPrototypeOf: throwing, ownKeys: throwing })],
  ['a revoked proxy', revoked],
  ['an error that is its own cause', cyclic],
  ['causes without end', endless],
  ['a name that is no text', failure({ name: { toString: throwing }, code: 23505 })],
  ['a message that throws', Object.defineProperty(new Error(), 'message', { get: throwing })],
  ['a name of a megabyte', named('E'.repeat(1e6))],
  ['a code that is the secret', coded(secret)],
  ['a name that is the secret', named(secret)],
  ['a name of Object', named('constructor')],
  ['errors in an error', new AggregateError([secret, null, cyclic, getters], secret)],
]

test.each(strange)('%s is classified in our own words', (_, error) => {
  const { type, errorClass, sqlStateClass } = classify(error)
  expect(errorTypes).toContain(type)
  expect(errorClass).toBe('internal')
  expect(sqlStateClass).toBeUndefined()
})

test('every listed SQLSTATE is recorded by its class alone', () => {
  for (const sqlStateClass of sqlStateClasses) {
    expect(classify(coded(`${sqlStateClass}999`))).toEqual({
      type: 'DatabaseError',
      errorClass: { '08': 'connection', '28': 'auth' }[sqlStateClass] ?? 'database',
      sqlStateClass,
    })
  }
})

describe("the host's classifier", () => {
  test.each(errorClasses)('with %s takes precedence over the table', (errorClass) => {
    expect(classify(coded('42P01'), () => errorClass)).toEqual({
      type: 'DatabaseError',
      errorClass,
      sqlStateClass: '42',
    })
  })

  test.each([
    ['undefined', () => undefined],
    ['a word of its own', () => secret as ErrorClass],
    ['an exception', throwing],
    ['an object', () => ({}) as ErrorClass],
  ])('is not taken where it is %s', (_, byHost) => {
    expect(classify(coded('ENOENT'), byHost)).toEqual({ type: 'ENOENT', errorClass: 'user' })
  })

  test('gets the original error', () => {
    const error = failure()
    let heard: unknown
    classify(error, (given) => void (heard = given))
    expect(heard).toBe(error)
  })
})
