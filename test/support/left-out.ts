import { Intervals, type KeptIntervals } from '../../src/record/intervals.ts'
import type { GeneratedRun, GeneratedSpan } from './generated.ts'

interface Home extends KeptIntervals {
  readonly tool: string
  leftOut(operation?: string): number
}

/** What an installation keeps, in memory. */
const newHome = (tool: string): Home => {
  const state = new Map<string | undefined, { last: number | undefined; leftOut: number }>()
  const of = (operation?: string) => state.get(operation) ?? { last: undefined, leftOut: 0 }
  return {
    tool,
    mayWrite: () => true,
    lastRecorded: (operation) => of(operation).last,
    add: (more, operation) => {
      state.set(operation, { ...of(operation), leftOut: of(operation).leftOut + more })
    },
    take: (last, operation) => {
      const { leftOut } = of(operation)
      state.set(operation, { last, leftOut: 0 })
      return leftOut
    },
    leftOut: (operation) => of(operation).leftOut,
  }
}

export interface WithIntervals {
  readonly runs: readonly GeneratedRun[]
  /** How many runs of a tool, or how many of an operation, were left out and not counted by a later one of the installation. */
  readonly uncounted: (tool: string, operation?: string) => number
}

const typeOf = ({ attributes }: GeneratedSpan): unknown => attributes['cq.span.type']
const startOf = ({ spans }: GeneratedRun): number => Number((spans[0]?.start ?? 0n) / 1_000_000n)

const withAttributes = (run: GeneratedRun, more: Readonly<Record<string, object>>): GeneratedRun => ({
  ...run,
  spans: run.spans.map((span) => ({ ...span, attributes: { ...span.attributes, ...more[String(typeOf(span))] } })),
})

/** What one process records of a generated run, which has one operation; nothing if the run is left out. */
const recordedOf = (run: GeneratedRun, intervals: Intervals): GeneratedRun[] => {
  const started = startOf(run)
  const ofRun = () => (run.resource['cq.random_id_persisted'] === false ? {} : intervals.runAttributes(started))
  const operation = run.spans.find((span) => typeOf(span) === 'operation')
  const succeeds = operation?.attributes['cq.success'] === true && operation.attributes['cq.aborted'] !== true
  if (!succeeds || !intervals.leavesOut('fetch', started)) {
    return [withAttributes(run, { operation: intervals.attributes('fetch', started), run: ofRun() })]
  }
  intervals.count('fetch')
  const isLeftOut = intervals.leavesRunOut(started)
  const alone = { ...run, spans: run.spans.filter((span) => typeOf(span) === 'run') }
  const recorded = isLeftOut ? [] : [withAttributes(alone, { run: { ...ofRun(), 'cq.spans.recorded': 1 } })]
  intervals.end(isLeftOut)
  return recorded
}

/** The generated runs as a tool records them whose `minInterval` is so many seconds. */
export const withIntervals = (
  all: Iterable<GeneratedRun>,
  seconds: number,
  toolOf = (name: string): string => name,
): WithIntervals => {
  const homes = new Map<string, Home>()
  const runs = [...new Set(all)]
    .map(({ resource, ...run }): GeneratedRun => {
      return { ...run, resource: { ...resource, 'service.name': toolOf(String(resource['service.name'])) } }
    })
    .sort((one, other) => startOf(one) - startOf(other))
    .flatMap((run) => {
      const id = run.resource['app.installation.id']
      if (typeof id !== 'string') return [run]
      const home = homes.get(id) ?? newHome(String(run.resource['service.name']))
      homes.set(id, home)
      return recordedOf(run, new Intervals({ fetch: seconds }, home))
    })
  const uncounted = (tool: string, operation?: string): number =>
    [...homes.values()].filter((home) => home.tool === tool).reduce((sum, home) => sum + home.leftOut(operation), 0)
  return { runs, uncounted }
}
