import { withoutEnd } from '../machine/text.ts'
import { AssertionError } from 'node:assert'
import { homedir, hostname, userInfo } from 'node:os'
import type { Captured } from './capture.ts'

/** Searches what a program would have sent for private texts. */

/** Texts that are private on any machine. */
const machineSecrets = (cwd: string): string[] => [homedir(), cwd, hostname(), userInfo().username]

/** Every argument is private, except bare flags and the words of a recorded operation's name. */
const privateArguments = ({ args, spans }: Captured): string[] => {
  const words = new Set(spans.flatMap(({ name }) => name.split(' ')))
  return args
    .filter((argument) => !argument.startsWith('--') || argument.includes('='))
    .filter((each) => !words.has(each))
}

/** Shorter texts are not searched, because they occur by chance. */
const minLength = 3
/** Shorter texts must match as whole words: a user named `node` is not found in `nodejs`. */
const minSubstringLength = 8

const escapeRegExp = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')

const encodingsOf = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  ...(secret.length >= minSubstringLength
    ? [withoutEnd(Buffer.from(secret).toString('base64'), '='), Buffer.from(secret).toString('hex')]
    : []),
]

const isIn = (text: string, wire: string): boolean =>
  text.length < minSubstringLength
    ? new RegExp(`(?<![a-z0-9])${escapeRegExp(text)}(?![a-z0-9])`, 'i').test(wire)
    : wire.toLowerCase().includes(text.toLowerCase())

/**
 * Searches what would have been sent for `secrets`, for the program's arguments, and for this machine's home, working
 * directory, host name and user name. Finds them as plain text, escaped, percent-encoded, in base64 and in hex. Returns
 * those that it finds. Ignores texts of fewer than three characters.
 */
export const leaksIn = (captured: Captured, secrets: readonly string[] = []): string[] => {
  const wanted = [...new Set([...secrets, ...privateArguments(captured), ...machineSecrets(captured.cwd)])]
  return wanted.filter(
    (secret) => secret.length >= minLength && encodingsOf(secret).some((text) => isIn(text, captured.wire)),
  )
}

const messageFor = (leaks: readonly string[]): string =>
  `telemetry would have sent ${leaks.map((leak) => JSON.stringify(leak)).join(', ')}`

/** Throws an AssertionError that names what leaked. For any test runner. */
export const assertLeaksNothing = (captured: Captured, secrets: readonly string[] = []): void => {
  const leaks = leaksIn(captured, secrets)
  if (leaks.length > 0)
    throw new AssertionError({
      message: messageFor(leaks),
      actual: leaks,
      expected: [],
      operator: 'assertLeaksNothing',
    })
}

/**
 * The types of `telemetryMatchers`, to declare where the test runner looks for them. For vitest:
 *
 *     declare module 'vitest' {
 *       interface Matchers<T = any> extends TelemetryMatchers<T> {}
 *     }
 */
export interface TelemetryMatchers<R = unknown> {
  /** Fails if any of `secrets`, an argument or something of this machine would have been sent. */
  toLeakNothing(secrets?: readonly string[]): R
}

/**
 * Matchers for vitest and jest: `expect.extend(telemetryMatchers)`, then `expect(captured).toLeakNothing(['s3cret'])`.
 */
export const telemetryMatchers = {
  toLeakNothing: (captured: Captured, secrets: readonly string[] = []) => {
    const leaks = leaksIn(captured, secrets)
    return {
      pass: leaks.length === 0,
      message: () => (leaks.length > 0 ? messageFor(leaks) : 'telemetry would have sent nothing private'),
      actual: leaks,
      expected: [],
    }
  },
}
