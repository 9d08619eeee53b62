import { expect, test } from 'vitest'
import { fileName as forgetFile } from '../../src/command/forget-requests.ts'
import { shortForm, urlForm } from '../../src/identity/git-address.ts'
import { batchUrl } from '../../src/deliver/rudder/destination.ts'
import { destinationsOf } from '../../src/launch/destinations.ts'
import { nodeFrame, packageFrame } from '../../src/schema/frame.ts'
import { fileName } from '../../src/spool/name.ts'
import { ownerPattern } from '../../src/spool/owner.ts'
import { attacks, type Expression, expressions } from '../support/expressions.ts'

/** A regular expression takes time in proportion to its text: no file, name or option may hold a command for seconds. */

const { literals, made } = expressions()

/** Expressions that are made from a text, by their files. */
const known: readonly (readonly [where: string, regexp: RegExp])[] = [
  ['src/collector/build.ts', /^ {2}dist_name: (\S+)$/m],
  ['src/command/forget-requests.ts', forgetFile],
  [
    'src/command/init-source.ts',
    /^(?![ \t]*(?:\/\/|\*|import type\b)).*(?:\bfrom|\bimport|\b(?:require|import)\()[ \t]*['"]yargs(?:\/[^'"]*)?['"]/m,
  ],
  ['src/identity/git-address.ts', urlForm],
  ['src/identity/git-address.ts', shortForm],
  ['src/machine/terminal.ts', /(?=.{81})(.{1,80}) /g],
  ['src/schema/frame.ts', nodeFrame],
  ['src/schema/frame.ts', packageFrame],
  ['src/spool/drain-lock.ts', new RegExp(`^${ownerPattern}$`)],
  ['src/spool/name.ts', fileName],
  // The text is a secret that an author looks for, and each character of it stands for itself.
  ['src/testing/leaks.ts', /(?<![a-z0-9])aaaa\.a(?![a-z0-9])/i],
]

/** Time of the processor, which a busy machine does not make longer. */
const cpuMs = (work: () => unknown): number => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}
/** The best of three, since what else this process does makes a time longer and never shorter. */
const best = (work: () => unknown): number => Math.min(...[1, 2, 3].map(() => cpuMs(work)))

const msOf = (regexp: RegExp, text: string): number => cpuMs(() => text.replace(regexp, ''))
const bestOf = (regexp: RegExp, text: string): number => best(() => text.replace(regexp, ''))

/** Milliseconds for 500 characters, on the slowest machine. */
const mostMs = 200

/** Eight times the text of a linear expression takes eight times as long, and of a quadratic one sixty-four times. */
const isLinear = (regexp: RegExp, attack: (length: number) => string): boolean => {
  // An exponential or cubic expression would not come to the end of a long text. A linear one needs microseconds here.
  const takesLong = (length: number) => msOf(regexp, attack(length)) > mostMs && msOf(regexp, attack(length)) > mostMs
  if ([20, 24, 28, 100, 500].some(takesLong)) return false
  const [short, long] = [attack(500), attack(4_000)]
  return msOf(regexp, long) < 1 || bestOf(regexp, long) < Math.max(1, 24 * bestOf(regexp, short))
}

/** The first text that makes it slow, in short. */
const slow = ({ regexp }: Expression): string | undefined => {
  for (const attack of attacks(regexp)) if (!isLinear(regexp, attack)) return attack(10)
  return undefined
}

test('the measurement distinguishes linear from quadratic and exponential', () => {
  const found = (regexp: RegExp) => slow({ where: '', regexp }) !== undefined
  expect([/\/+$/, /\s*=/, /^(?:a+)+$/, /(?:a|a)*b/, /(.*),(.*),x/].map(found)).toEqual([true, true, true, true, true])
  expect([/^\/+$/, /^[a-z]+$/, /;.*/s, /[^/]/g].map(found)).toEqual([false, false, false, false])
})

test.each(literals)('$where $regexp is linear', (expression) => {
  expect(slow(expression)).toBeUndefined()
})

test('every expression that is made from a text is listed', () => {
  expect(made.map(({ where }) => where.split(':')[0])).toEqual(known.map(([where]) => where))
})

test.each(known)('the expression that %s makes is linear', (where, regexp) => {
  expect(slow({ where, regexp })).toBeUndefined()
})

const slashes = '/'.repeat(200_000)
test.each([
  [
    'the endpoint of a collector',
    (path: string) => destinationsOf({ otlp: { endpoint: `https://x/${path}` } }, {}, 'CQ', () => undefined),
  ],
  [
    'a variable',
    (path: string) => destinationsOf({}, { CQ_OTLP_ENDPOINT: `https://x/${path}` }, 'CQ', () => undefined),
  ],
  ['the data plane of RudderStack', (path: string) => batchUrl({ writeKey: 'x', dataPlaneUrl: `https://x/${path}` })],
])('%s of 200,000 slashes takes no longer than eight times as long as an eighth of it', (_, work) => {
  const [short, long] = [best(() => work(`${slashes.slice(0, 25_000)}x`)), best(() => work(`${slashes}x`))]
  expect(long).toBeLessThan(24 * Math.max(short, 0.5))
})
