import { readFileSync, writeFileSync } from 'node:fs'

/** A value of each attribute, as a real run has sent it: `npm run docs` records them from the runs of the tests. */

const file = new URL('examples.json', import.meta.url)

type Values = Readonly<Record<string, unknown>>

export const examples = (): Values => JSON.parse(readFileSync(file, 'utf8')) as Values

const plain = new Set<unknown>(['private', 'unknown', 'none', '_OTHER', 0, ''])

/** What tells a reader more comes first: a list with members, a name rather than `private`, a number that is not 0. */
const tells = (value: unknown): number => {
  if (Array.isArray(value)) return value.length === 0 ? -1 : Math.max(...value.map(tells))
  return plain.has(value) ? 0 : 1
}

const shortened = (value: unknown): unknown => (Array.isArray(value) ? value.slice(0, 2) : value)

/** True under `npm run docs`. */
export const recording = process.env['MODE'] === 'examples'

/** Keeps the best example of each attribute that was received; what was not received stays as it was. */
export const recordExamples = (received: readonly Values[]): void => {
  const best: Record<string, unknown> = {}
  for (const [key, value] of received.flatMap((attributes) => Object.entries(attributes))) {
    if (!(key in best) || tells(value) > tells(best[key])) best[key] = value
  }
  const all = { ...examples(), ...best }
  const sorted = Object.fromEntries(
    Object.entries(all)
      .sort()
      .map(([key, value]) => [key, shortened(value)]),
  )
  writeFileSync(file, `${JSON.stringify(sorted, undefined, 2)}\n`)
}
