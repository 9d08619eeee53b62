import { bare, worstAttack } from './suite.ts'
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
const bareSdk = 'SDK without a processor'
const vendors = ['@rudderstack/rudder-sdk-node', 'posthog-node', '@sentry/node']

const plain = (row: Row | undefined): Value | undefined => row && { value: row.median, low: row.low, high: row.high }
const ratio = (one: Row | undefined, other: Row | undefined): Value | undefined => {
  if (!one || !other) return undefined
  const { ratio: value, low, high } = ratioOf(one, other)
  return { value, low, high }
}

const cpu = 'cpu over bare'
const offTargets: readonly Target[] = ['import', 'require', 'bundled'].map((way) => ({
  suite: 'off',
  what: `off, ${way}: processor time over the ${bare}`,
  most: 3.5,
  unit: 'ms',
  of: (find) => plain(find(way, `${ours}, off`, cpu)),
}))

/** The peer with the lowest median. */
const quickest = (rows: readonly (Row | undefined)[]): Row | undefined =>
  rows.flatMap((row) => row ?? []).sort((one, other) => one.median - other.median)[0]

const startupTargets: readonly Target[] = ['import', 'bundled'].flatMap((way): Target[] => [
  {
    suite: 'startup',
    what: `on and unused, ${way}: processor time over the ${bare}`,
    most: 5,
    unit: 'ms',
    of: (find) => plain(find(`on, ${way}`, ours, cpu)),
  },
  {
    suite: 'startup',
    what: `operation, ${way}: processor time, relative to what the four packages add`,
    most: 0.35,
    unit: '×',
    of: (find) => ratio(find(`operation, ${way}`, ours, cpu), find(`operation, ${way}`, four, cpu)),
  },
  {
    suite: 'startup',
    what: `operation, ${way}, with Node's compile cache: processor time, relative to what the four packages add`,
    most: 0.25,
    unit: '×',
    of: (find) => ratio(find(`operation, ${way}`, `${ours}, compile cache`, cpu), find(`operation, ${way}`, four, cpu)),
  },
  {
    suite: 'startup',
    what: `operation, ${way}: processor time, relative to what the quickest of the vendors' SDKs adds`,
    most: 1,
    unit: '×',
    of: (find) =>
      ratio(
        find(`operation, ${way}`, ours, cpu),
        quickest(vendors.map((vendor) => find(`operation, ${way}`, vendor, cpu))),
      ),
  },
])

const spansTargets: readonly Target[] = ['one tick', 'concurrent'].flatMap((how) =>
  ['resource()', 'plain spans'].flatMap((call): Target[] => {
    const at = (find: Find, subject: string, metric: string) => find(`${how}, 1000000`, subject, metric)
    return [
      {
        suite: 'spans',
        what: `${how}, ${call}: time for each of 10⁶, relative to the SDK without a processor`,
        most: 1.3,
        unit: '×',
        of: (find) => ratio(at(find, `${ours}, ${call}`, 'time for each'), at(find, bareSdk, 'time for each')),
      },
      {
        suite: 'spans',
        what: `${how}, ${call}: lost, of 10⁶ in one operation`,
        most: 0,
        unit: '%',
        of: (find) => plain(at(find, `${ours}, ${call}`, 'lost')),
      },
      {
        suite: 'spans',
        what: `${how}, ${call}: memory at 10⁶ over the ${bare}`,
        most: 40,
        unit: 'MB',
        of: (find) => plain(at(find, `${ours}, ${call}`, 'memory over bare')),
      },
    ]
  }),
)

const sent = (subject: string, most: number): Target => ({
  suite: 'wire',
  what: `${subject}: 300 resources, relative to the stock OTLP JSON`,
  most,
  unit: '×',
  of: (find) => ratio(find('300 resources', subject, 'sent'), find('300 resources', 'OTLP JSON, stock', 'sent')),
})

const drainTargets: readonly Target[] = ['1000', '10000', '100000'].map((size) => ({
  suite: 'drain',
  what: `time for each of ${size}, relative to 10⁶`,
  most: 1.5,
  unit: '×',
  of: (find) => ratio(find(size, ours, 'time for each'), find('1000000', ours, 'time for each')),
}))

const attackTarget = (metric: string, most: number, unit: string): Target => ({
  suite: 'attacks',
  what: `bridge, ${worstAttack} attacks: ${metric}`,
  most,
  unit,
  of: (find) => plain(find(worstAttack, `${ours} bridge`, metric)),
})

const targets: readonly Target[] = [
  ...offTargets,
  ...startupTargets,
  ...spansTargets,
  sent(`${ours}, OTLP`, 0.1),
  sent(`${ours}, OTLP, spans: 'operations'`, 0.05),
  sent(`${ours}, Rudder`, 0.05),
  ...drainTargets,
  attackTarget('peak memory', 256, 'MB'),
  attackTarget('longest pause, processor time', 100, 'ms'),
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
