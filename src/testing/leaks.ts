import { AssertionError } from 'node:assert'
import { homedir, hostname, userInfo } from 'node:os'
import type { Captured } from './capture.ts'

/** Whether something private is in what a program would have sent. */

/** What is private on any machine. */
const surroundings = (cwd: string): string[] => [homedir(), cwd, hostname(), userInfo().username]

/** An argument is private unless it is a word of the program's own: the name of an operation that was recorded. */
const privateArguments = ({ args, spans }: Captured): string[] => {
  const words = new Set(spans.flatMap(({ name }) => name.split(' ')))
  return args
    .filter((argument) => !argument.startsWith('--') || argument.includes('='))
    .filter((each) => !words.has(each))
}

/** Below this length a text is found in anything. */
const shortest = 3
/** Below this length it must stand alone: a user called `node` is not in `nodejs`. */
const short = 8

const quoted = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')

const disguises = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  ...(secret.length >= short
    ? [Buffer.from(secret).toString('base64').replace(/=+$/, ''), Buffer.from(secret).toString('hex')]
    : []),
]

const isIn = (text: string, wire: string): boolean =>
  text.length < short
    ? new RegExp(`(?<![a-z0-9])${quoted(text)}(?![a-z0-9])`, 'i').test(wire)
    : wire.toLowerCase().includes(text.toLowerCase())

/**
 * What of these texts, of the arguments, and of this machine (home, working directory, host, user) stands in what would
 * have been sent: as it is, escaped, percent-encoded, in base64 or in hex. Texts of fewer than three characters are not
 * looked for.
 */
export const leaksIn = (captured: Captured, secrets: readonly string[] = []): string[] => {
  const wanted = [...new Set([...secrets, ...privateArguments(captured), ...surroundings(captured.cwd)])]
  return wanted.filter(
    (secret) => secret.length >= shortest && disguises(secret).some((text) => isIn(text, captured.wire)),
  )
}

const messageFor = (leaks: readonly string[]): string =>
  `telemetry would have sent ${leaks.map((leak) => JSON.stringify(leak)).join(', ')}`

/** For node:test and any other: throws an AssertionError that names what leaked. */
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

/** For vitest and jest: `expect.extend(telemetryMatchers)`, then `expect(captured).toLeakNothing(['s3cret'])`. */
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
