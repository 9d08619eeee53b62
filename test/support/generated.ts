import { createHash } from 'node:crypto'

/**
 * A population of any size of which every answer is known by construction: who runs what on which day follows from a
 * user's number, and `truth` below says the answers as formulas of the size. Only ids and the order come from the seed.
 */

type Scalar = string | number | boolean
export type Attributes = Readonly<Record<string, Scalar | readonly Scalar[] | undefined>>

export interface GeneratedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  /** Nanoseconds since 1970. */
  readonly start: bigint
  readonly end: bigint
  readonly attributes: Attributes
  /** Attributes after these, perhaps of the same keys. */
  readonly again?: Attributes
}
export interface GeneratedRun {
  readonly resource: Attributes
  /** Attributes of the resource after these, perhaps of the same keys. */
  readonly again?: Attributes
  readonly spans: readonly GeneratedSpan[]
}

/** Mulberry32: the same numbers for the same seed. */
const randomOf = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return (t ^ (t >>> 14)) >>> 0
}

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex')
const uuidOf = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`

/** The first Monday of the four weeks. */
export const monday = '2026-08-03'
const day = 86_400
const start = Date.parse(`${monday}T00:00:00Z`) / 1000
export const dateOf = (dayNumber: number): string =>
  new Date((start + dayNumber * day) * 1000).toISOString().slice(0, 10)

interface Plan {
  readonly tool: 'alpha' | 'beta'
  readonly week: number
  readonly weekday: number
  /** Set unless it runs in CI. */
  readonly id?: string
  readonly persisted: boolean
  readonly machine?: string
  readonly ci?: string
  readonly agent?: string
  readonly os: 'linux' | 'darwin'
  readonly country: 'DE' | 'US'
  readonly crash?: 'one' | 'two'
}

const weeks = [0, 1, 2, 3]
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

/** Of four users in a row the first comes for one week, the last for four. Those of odd number run twice on their day. */
const keptUser = (user: number): Plan[] => {
  const common = { tool: 'alpha', weekday: user % 5, id: uuidOf(sha1(`user ${user}`)) } as const
  // Two users share a machine.
  const machine = sha1(`machine ${Math.floor(user / 2)}`)
  const place = { machine, os: user % 2 ? 'darwin' : 'linux', country: user % 4 < 2 ? 'DE' : 'US' } as const
  // The second run of a day is the agent's.
  const agent = { agent: 'claude-code' }
  const crash = user % 20 === 0 ? 'one' : user % 40 === 1 ? 'two' : undefined
  return weeks.slice(0, (user % 4) + 1).flatMap((week) =>
    range(1 + (user % 2)).map((nth) => {
      const isFirst = week === 0 && nth === 0
      return {
        ...common,
        ...place,
        week,
        persisted: !isFirst,
        ...(isFirst && crash && { crash }),
        ...(nth === 1 && agent),
      }
    }),
  )
}

/** Deletes the id before each of three runs on each Monday. */
const deleter = (nth: number): Plan[] =>
  weeks.flatMap((week) =>
    range(3).map((run) => ({
      tool: 'alpha',
      week,
      weekday: 0,
      persisted: false,
      os: 'linux',
      country: 'DE',
      id: uuidOf(sha1(`deleted ${nth} ${week} ${run}`)),
      machine: sha1(`deleter ${nth}`),
    })),
  )

/** Sends no hash, and is never seen again. */
const once = (nth: number): Plan => ({
  tool: 'alpha',
  week: 0,
  weekday: 2,
  persisted: false,
  os: 'linux',
  country: 'US',
  id: uuidOf(sha1(`once ${nth}`)),
})

const inCi = (nth: number): Plan[] =>
  weeks.flatMap((week) =>
    range(5).map(() => ({
      tool: 'alpha',
      week,
      weekday: 1,
      persisted: false,
      os: 'linux',
      country: 'US',
      ci: sha1(`configuration ${nth}`),
    })),
  )

/** A user of the other tool, on each Thursday. It sends both ids and marks that count without them, as no real one does. */
const other = (nth: number): Plan[] =>
  weeks.map((week) => ({
    tool: 'beta',
    week,
    weekday: 3,
    os: 'linux',
    country: 'DE',
    persisted: week > 0,
    id: uuidOf(sha1(`other ${nth}`)),
    machine: sha1(`other machine ${nth}`),
  }))

const plansOf = (size: number): Plan[] => [
  ...range(40 * size).flatMap(keptUser),
  ...range(size).flatMap(deleter),
  ...range(size).map(once),
  ...range(2 * size).flatMap(inCi),
  ...range(10 * size).flatMap(other),
]

const shuffled = <T>(list: T[], random: () => number): T[] => {
  for (let index = list.length - 1; index > 0; index--) {
    const at = random() % (index + 1)
    ;[list[index], list[at]] = [list[at] as T, list[index] as T]
  }
  return list
}

/** The runs in the order of their plans are numbered for each tool; this says how the n-th goes. */
const fails = (nth: number): boolean => nth % 25 === 0
const isKilled = (nth: number): boolean => nth % 50 === 1
const isIncomplete = (nth: number): boolean => nth % 100 === 7
export const slowMs = 2000
export const quickMs = 100
const durationOf = (nth: number): number => (nth % 10 === 0 ? slowMs : quickMs)

const resourceOf = (plan: Plan, instance: string): Attributes => ({
  'service.name': plan.tool,
  'service.version': `1.${plan.week}.0`,
  'service.instance.id': instance,
  'app.installation.id': plan.id,
  'cq.random_id_persisted': plan.persisted,
  'cq.ci': plan.ci !== undefined,
  'cq.config.hash': plan.ci,
  'cq.agent': plan.agent,
  'cq.hash.host': plan.machine,
  'cq.hash.mac': plan.machine,
  'os.type': plan.os,
  'process.runtime.version': '22.12.0',
  'geo.country.iso_code': plan.country,
})

const operationSums: Attributes = {
  'cq.providers.names': ['aws'],
  'cq.resources.names': ['ec2.instances', 's3.buckets'],
  'cq.resources.providers': [0, 0],
  'cq.resources.counts': [10, 1],
  'cq.resources.fetch_counts': [2, 1],
  'cq.resources.errors': [0, 0],
  'cq.resources.durations_ms': [80, 40],
}

const fingerprints = { one: sha1('crash one'), two: sha1('crash two') }

/** One run a week, all weeks in one month. */
const marksOf = (week: number): Attributes => ({
  'cq.first.day': true,
  'cq.first.week': true,
  'cq.first.month': week === 0,
  'cq.age': ['new', '1w', '2-3w', '2-3w'][week],
})

const runOf = (plan: Plan, nth: number, hex: () => string): GeneratedRun => {
  const traceId = hex() + hex() + hex() + hex()
  const at = BigInt(start + (plan.week * 7 + plan.weekday) * day + 36_000 + (nth % 3600)) * 1_000_000_000n
  const outcome = fails(nth)
    ? { 'cq.success': false, 'error.type': 'TypeError', 'cq.error.class': 'internal' }
    : { 'cq.success': true }
  const ids = { run: hex() + hex(), operation: hex() + hex() }
  const span = (spanId: string, parentSpanId: string, name: string, ms: number, attributes: Attributes) => ({
    traceId,
    spanId,
    parentSpanId,
    name,
    start: at,
    end: at + BigInt(ms) * 1000000n,
    attributes,
  })
  const ms = durationOf(nth)
  const recorded = 3 + (plan.crash ? 1 : 0)
  const spans = [
    span(ids.run, '', plan.tool, ms + 5, {
      'cq.span.type': 'run',
      ...outcome,
      'process.exit.code': fails(nth) ? 1 : 0,
      ...(plan.tool === 'beta' && marksOf(plan.week)),
      'cq.operations.count': 1,
      'cq.spans.recorded': recorded,
    }),
    span(ids.operation, ids.run, 'fetch', ms, {
      'cq.span.type': 'operation',
      'cq.operation.name': 'fetch',
      ...outcome,
      ...operationSums,
      ...(isKilled(nth) && { 'cq.aborted': true }),
    }),
    ...(isIncomplete(nth)
      ? []
      : [span(hex() + hex(), ids.operation, 'aws', 40, { 'cq.span.type': 'provider', 'cq.provider.name': 'aws' })]),
    ...(plan.crash
      ? [
          span(hex() + hex(), ids.run, 'crash', 0, {
            'cq.span.type': 'crash',
            'error.type': 'TypeError',
            'cq.crash.kind': 'uncaught',
            'cq.operation.name': 'fetch',
            'cq.crash.fingerprint': fingerprints[plan.crash],
            'cq.crash.frames': ['alpha/dist/main.js:1:2', 'node:fs:3:4'],
          }),
        ]
      : []),
  ]
  return { resource: resourceOf(plan, uuidOf(traceId)), spans }
}

/** A client reports three spans that were too old, and one that was refused. */
const delivery = (nth: number, hex: () => string): GeneratedRun => ({
  resource: { 'service.name': 'alpha', 'service.version': '1.0.0', 'cq.ci': false },
  spans: [
    {
      traceId: hex() + hex() + hex() + hex(),
      spanId: hex() + hex(),
      parentSpanId: '',
      name: 'delivery',
      start: BigInt(start + (nth % 5) * day + 40_000) * 1_000_000_000n,
      end: BigInt(start + (nth % 5) * day + 40_000) * 1_000_000_000n,
      attributes: { 'cq.span.type': 'delivery', 'cq.lost.expired': 3, 'cq.lost.rejected': 1 },
    },
  ],
})

/** The runs in random order, some of which come twice. A size of 1,000 is 770,000 spans. */
export const generated = function* (size: number, seed: number): Generator<GeneratedRun> {
  const random = randomOf(seed)
  const hex = (): string => random().toString(16).padStart(8, '0')
  const numbers = { alpha: 0, beta: 0 }
  const planned = plansOf(size).map((plan) => ({ plan, nth: numbers[plan.tool]++ }))
  let written = 0
  for (const { plan, nth } of shuffled(planned, random)) {
    const run = runOf(plan, nth, hex)
    yield run
    if (written++ % 50 === 0) yield run
  }
  for (const nth of range(size)) yield delivery(nth, hex)
}
