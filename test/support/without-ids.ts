import { type Kept, markFirsts } from '../../src/identity/periods.ts'
import type { Batch } from '../../src/otlp/encode.ts'
import { alreadyPublic } from '../../src/schema/names.ts'
import { sanitizeResource, sanitizeSpan, type SanitizedSpan } from '../../src/schema/sanitize.ts'

/** A few installations of a tool that sends no id, and what is to be counted of them. */

const home = (): Kept => {
  const kept = new Set<string>()
  return {
    names: () => [...kept],
    create: (name) => !kept.has(name) && kept.add(name) === kept,
    remove: (name) => void kept.delete(name),
  }
}
let runs = 0
const runOn = (day: string, kept: Kept | undefined): Batch => {
  const id = (++runs).toString(16)
  const resource = sanitizeResource({ 'service.name': 'mytool', ci: kept === undefined }, alreadyPublic, 'client')
  const time = Date.parse(`${day}T12:00:00Z`)
  const span = sanitizeSpan(
    {
      traceId: id.padStart(32, 'a'),
      spanId: id.padStart(16, 'a'),
      parentSpanId: undefined,
      startTime: [time / 1000, 0],
      endTime: [time / 1000 + 1, 0],
      attributes: { 'cq.span.type': 'run', ...(kept && markFirsts(kept, time, time)) },
    },
    resource,
    alreadyPublic,
  )
  return { resource, spans: [span as SanitizedSpan] }
}

/** Three installations: one of every week, one that comes back in the third, one of the third alone; and a run in CI. */
const population = (): Batch[] => {
  const [always, back, late] = [home(), home(), home()]
  return [
    runOn('2026-11-02', always),
    runOn('2026-11-02', always),
    runOn('2026-11-03', always),
    runOn('2026-11-03', back),
    runOn('2026-11-09', always),
    runOn('2026-11-16', always),
    runOn('2026-11-17', back),
    runOn('2026-11-17', late),
    runOn('2026-11-17', undefined),
  ]
}
export const batches = population()

const period = (name: string, begins: string, invocations: number, users: number, new_users: number) => ({
  period: name,
  begins,
  tool: 'mytool',
  invocations,
  users,
  new_users,
})
export const expectedUsers = [
  period('day', '2026-11-02', 2, 1, 1),
  period('day', '2026-11-03', 2, 2, 1),
  period('day', '2026-11-09', 1, 1, 0),
  period('day', '2026-11-16', 1, 1, 0),
  period('day', '2026-11-17', 2, 2, 1),
  period('month', '2026-11-01', 8, 3, 3),
  period('week', '2026-11-02', 4, 2, 2),
  period('week', '2026-11-09', 1, 1, 0),
  period('week', '2026-11-16', 3, 3, 1),
]
const returned = (week: string, age: string, users: number, cohort: number | null, percent: number | null) => ({
  tool: 'mytool',
  week,
  age,
  users,
  cohort,
  percent,
})
export const expectedRetention = [
  returned('2026-11-02', 'new', 2, 2, 100),
  returned('2026-11-09', '1w', 1, 2, 50),
  returned('2026-11-16', 'new', 1, 1, 100),
  // Who began three weeks before is not in these files.
  returned('2026-11-16', '2-3w', 2, null, null),
]
