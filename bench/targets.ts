import { bare } from './suite.ts'
import { ratioOf, type Row } from './statistics.ts'

/** What was to be reached, and what was: ratios of subjects of the same run. */

export interface Judged {
  readonly suite: string
  readonly what: string
  readonly target: string
  readonly measured: string
  /** By the median; doubtful where the interval is on both sides. */
  readonly reached: 'yes' | 'no' | 'yes, within the spread' | 'no, within the spread'
}

interface Value {
  readonly value: number
  readonly low: number
  readonly high: number
}

interface Target {
  readonly suite: string
  readonly what: string
  readonly most: number
  readonly unit: string
  readonly of: (find: Find) => Value | undefined
}

type Find = (name: string, subject: string, metric: string) => Row | undefined

const ours = 'cq-telemetry'
const four = 'OpenTelemetry, four packages'
const vendors = ['@rudderstack/rudder-sdk-node', 'posthog-node', '@sentry/node']

const plain = (row: Row | undefined): Value | undefined => row && { value: row.median, low: row.low, high: row.high }
const ratio = (one: Row | undefined, other: Row | undefined): Value | undefined => {
  if (!one || !other) return undefined
  const { ratio: value, low, high } = ratioOf(one, other)
  return { value, low, high }
}

const ready = 'ready over bare'
const startupOf = (way: string): readonly Target[] => [
  {
    suite: 'startup',
    what: `off, ${way}, over the ${bare}`,
    most: 1,
    unit: 'ms',
    of: (find) => plain(find(`on, ${way}`, `${ours}, off`, ready)),
  },
  {
    suite: 'startup',
    what: `on, ${way}, of what the four packages add`,
    most: 0.2,
    unit: '×',
    of: (find) => ratio(find(`on, ${way}`, ours, ready), find(`on, ${way}`, four, ready)),
  },
]
const startupTargets: readonly Target[] = [
  ...startupOf('import'),
  ...startupOf('bundled'),
  ...vendors.map((vendor) => ({
    suite: 'startup',
    what: `on, of what ${vendor} adds`,
    most: 1,
    unit: '×',
    of: (find: Find) => ratio(find('on, import', ours, ready), find('on, import', vendor, ready)),
  })),
]

const million = 'one tick, 1000000'
const spansTargets: readonly Target[] = ['resource()', 'plain spans'].flatMap((how) => [
  {
    suite: 'spans',
    what: `${how}: time for each of 10⁶, of the SDK without a processor`,
    most: 1.3,
    unit: '×',
    of: (find) =>
      ratio(
        find(million, `${ours}, ${how}`, 'time for each'),
        find(million, 'SDK without a processor', 'time for each'),
      ),
  },
  {
    suite: 'spans',
    what: `${how}: lost of 10⁶`,
    most: 0,
    unit: '%',
    of: (find) => plain(find(million, `${ours}, ${how}`, 'lost')),
  },
  {
    suite: 'spans',
    what: `${how}: memory at 10⁶ over the ${bare}`,
    most: 40,
    unit: 'MB',
    of: (find) => plain(find(million, `${ours}, ${how}`, 'memory over bare')),
  },
])

const sent = (subject: string, most: number): Target => ({
  suite: 'wire',
  what: `${subject}: 300 resources, of the stock OTLP JSON`,
  most,
  unit: '×',
  of: (find) => ratio(find('300 resources', subject, 'sent'), find('300 resources', 'OTLP JSON, stock', 'sent')),
})

const drainTargets: readonly Target[] = ['1000', '10000', '100000'].map((size) => ({
  suite: 'drain',
  what: `time for each of ${size}, of that of 10⁶`,
  most: 1.5,
  unit: '×',
  of: (find) => ratio(find(size, ours, 'time for each'), find('1000000', ours, 'time for each')),
}))

const targets: readonly Target[] = [
  ...startupTargets,
  ...spansTargets,
  sent(`${ours}, OTLP`, 0.1),
  sent(`${ours}, OTLP, spans: 'operations'`, 0.05),
  sent(`${ours}, Rudder`, 0.05),
  ...drainTargets,
]

const text = (value: number, unit: string): string =>
  `${value.toFixed(unit === '×' ? 3 : 1)}${unit === '×' ? ' ×' : ` ${unit}`}`

const verdict = ({ value, low, high }: Value, most: number): Judged['reached'] => {
  if (value <= most) return high <= most ? 'yes' : 'yes, within the spread'
  return low > most ? 'no' : 'no, within the spread'
}

export const judge = (rows: readonly Row[]): Judged[] =>
  targets.flatMap(({ suite, what, most, unit, of }) => {
    const value = of((name, subject, metric) =>
      rows.find((row) => row.suite === suite && row.case === name && row.subject === subject && row.metric === metric),
    )
    if (!value) return []
    return [
      {
        suite,
        what,
        target: `at most ${text(most, unit)}`,
        measured: `${text(value.value, unit)} (${text(value.low, unit)} to ${text(value.high, unit)})`,
        reached: verdict(value, most),
      },
    ]
  })
