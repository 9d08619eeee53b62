import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeLine } from '../../src/otlp/decode.ts'
import { directory, type Home, inOrder, newHome, run } from '../processes.ts'
import { bare, overBare, type Round, type Suite } from '../suite.ts'

/** What the fetch of a resource costs the command, and how many are lost. */

const subjects = [
  bare,
  'bare process, AsyncLocalStorage',
  'cq-telemetry, resource()',
  'cq-telemetry, plain spans',
  'SDK without a processor',
  'SDK, BatchSpanProcessor',
] as const
type Subject = (typeof subjects)[number]

const sizes = [1_000, 10_000, 100_000, 1_000_000]
const cases = ['one tick', 'concurrent'].flatMap((how) => sizes.map((n) => ({ how, n, name: `${how}, ${n}` })))

/** The fetches that the operation's sums count. */
const countedIn = (home: Home): number => {
  const lines = readdirSync(home.files.spool).flatMap((file) =>
    readFileSync(join(home.files.spool, file), 'utf8').split('\n'),
  )
  const spans = lines.flatMap((line) => decodeLine(line)).flatMap((batch) => batch.spans)
  return Number(spans.find(({ type }) => type === 'operation')?.attributes['cq.resources.fetches'])
}

interface Said {
  readonly microseconds: number
  readonly rssMb: number
  /** At the exporter. */
  readonly arrived?: number
}

const sample = async (subject: Subject, how: string, n: number): Promise<Omit<Round, 'suite' | 'case'>[]> => {
  const home = newHome()
  const { said } = await run({ args: [join(directory, 'subjects/spans.mjs'), subject, how, String(n)], home })
  const { microseconds, rssMb, arrived } = JSON.parse(said) as Said
  const kept = subject.startsWith('cq-telemetry') ? countedIn(home) : arrived
  home.remove()
  return [
    { subject, metric: 'time for each', unit: 'µs', value: microseconds },
    { subject, metric: 'memory', unit: 'MB', value: rssMb },
    ...(kept === undefined ? [] : [{ subject, metric: 'lost', unit: '%', value: (100 * (n - kept)) / n }]),
  ]
}

export const spans: Suite = {
  name: 'spans',
  about: 'time for each resource of a fetch, memory, and how many are lost',
  cases: cases.map(({ name }) => name),
  run: async ({ rounds, only, progress }) => {
    const all: Round[] = []
    for (const { name, how, n } of cases) {
      if (only !== undefined && name !== only) continue
      for (let round = 0; round < rounds; round++) {
        progress(`spans: ${name}, round ${round + 1} of ${rounds}`)
        const measured: Round[] = []
        for (const subject of inOrder(subjects, round))
          measured.push(...(await sample(subject, how, n)).map((each) => ({ suite: 'spans', case: name, ...each })))
        all.push(...measured, ...overBare(measured.filter(({ metric }) => metric === 'memory')))
      }
    }
    return all
  },
}
