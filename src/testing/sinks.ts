import { parseName } from '../spool/name.ts'
import { formatOwner } from '../spool/owner.ts'
import type { Observed } from './laboratory.ts'
import type { ChildStart, RecordLine } from './preload-records.ts'
import type { ReceivedRequest } from './receiver.ts'
import type { FoundFile } from './telemetry-files.ts'

/** The results of a run, by the places where they can be read. */

/**
 * `otlp`, `rudder`: the requests of the delivery child, with headers and body. `other`: its requests elsewhere.
 * `spool`: the files of telemetry in the home, at the start of the child and at the end. `inspect`: the inspect log.
 * `stderr`: what telemetry writes to standard error under debug, of the command and of the child. `child`: the child's
 * program, arguments, environment, working directory and standard input.
 */
export type Sink = 'otlp' | 'rudder' | 'other' | 'spool' | 'inspect' | 'stderr' | 'child'

/** A part of a sink. It is compared as a whole and, if it differs, by its fields. */
export interface Part {
  readonly field: string
  readonly text: string
}

export type Sinks = Readonly<Record<Sink, readonly Part[]>>

const part = (field: string, text: string | number | undefined): Part => ({ field, text: String(text) })

/** Not compared, since it follows from the body. */
const redundant = 'content-length'

const requestParts = (request: ReceivedRequest, index: number): Part[] => [
  part(`${index}.request`, request.line),
  part(`${index}.body`, request.body),
  ...request.headers
    .filter(([name]) => name !== redundant)
    .map(([name, value]) => part(`${index}.headers.${name}`, value)),
]

const sinkOf = ({ line }: ReceivedRequest): 'otlp' | 'rudder' | 'other' => {
  if (/\/v1\/traces(?:\?|$)/.test(line)) return 'otlp'
  return line.endsWith('/v1/batch') ? 'rudder' : 'other'
}

/** Lines with the number of each, and without the empty one at the end. */
const lineParts = (field: string, text: string): Part[] =>
  text === ''
    ? []
    : text
        .replace(/\n$/, '')
        .split('\n')
        .map((line, index) => part(`${field}.${index}`, line))

const nameParts = (field: string, name: string): Part[] => {
  const parsed = parseName(name)
  if (!parsed) return [part(`${field}.name`, name)]
  const { generation, id, owner, kilobytes, destinations, state } = parsed
  const [kind, ...claimant] = state.split('-')
  return [
    part(`${field}.name`, [generation, id, kilobytes, destinations.join('+'), kind].join('.')),
    part(`${field}.owner`, formatOwner(owner)),
    ...(claimant.length > 0 ? [part(`${field}.owner`, claimant.join('-'))] : []),
  ]
}

/** The child sends to both destinations at once: which of them is the first is not promised. */
const sortedKeys = (json: string): string => {
  const entries = Object.entries(JSON.parse(json) as object).sort(([x], [y]) => (x < y ? -1 : 1))
  return JSON.stringify(Object.fromEntries(entries))
}

/** `started` contains the time of the last start, and the process id of that child. */
const contentParts = (field: string, name: string, text: string): Part[] => {
  if (name === 'delivery.json') return [part(field, sortedKeys(text))]
  if (name !== 'started') return lineParts(field, text)
  const [at, ...child] = text.trimEnd().split(' ')
  return [part(`${field}.at`, at), part(`${field}.pid`, child.join(' '))]
}

const fileParts = (moment: string, files: readonly FoundFile[]): Part[] =>
  files.flatMap(({ path, text }, index) => {
    const name = path.split(/[\\/]/).at(-1) ?? ''
    const directory = path.slice(0, path.length - name.length)
    const field = `${moment}.${parseName(name) ? index : name}`
    return [part(`${field}.directory`, directory), ...nameParts(field, name), ...contentParts(field, name, text)]
  })

/** If the child reads its program from standard input, the job comes before the program (`launch/job.ts`). */
const inputParts = (field: string, input: string): Part[] => {
  const [whole, quoted] = /^const CQ_TELEMETRY=\{job:("(?:[^"\\]|\\.)*"),/.exec(input) ?? []
  if (whole === undefined || quoted === undefined) return [part(`${field}.job`, input)]
  return [part(`${field}.job`, JSON.parse(quoted) as string), part(`${field}.program`, input.slice(whole.length))]
}

const childParts = ({ file, args, env, cwd, input }: ChildStart, index: number): Part[] => [
  part(`${index}.file`, file),
  ...args.map((argument, at) => part(`${index}.args.${at}`, argument)),
  ...Object.entries(env).map(([name, value]) => part(`${index}.env.${name}`, value)),
  part(`${index}.cwd`, cwd),
  ...inputParts(String(index), input),
]

/** What each process says, in its order; of a child sorted, for the reason above. */
const errorParts = (records: readonly RecordLine[], index: number): Part[] => {
  const said = records.filter((line) => line.kind === 'stderr')
  const parts = lineParts(`process ${index}`, said.map(({ text }) => text).join(''))
  if (said[0]?.of !== 'child') return parts
  const lines = parts.map(({ text }) => text).sort()
  return parts.map(({ field }, at) => part(field, lines[at]))
}

export const childStarts = ({ records }: Observed): ChildStart[] =>
  records.flat().filter((line): line is ChildStart => line.kind === 'child')

/** The sinks of a run in either mode. Those of the other mode are empty. */
export const sinksOf = (observed: Observed): Sinks => {
  const requestsTo = (sink: Sink) => observed.requests.filter((each) => sinkOf(each) === sink).flatMap(requestParts)
  const starts = childStarts(observed)
  return {
    otlp: requestsTo('otlp'),
    rudder: requestsTo('rudder'),
    other: requestsTo('other'),
    spool: [
      ...starts.flatMap(({ files }, index) => fileParts(`start ${index}`, files)),
      ...fileParts('end', observed.files),
    ],
    inspect: lineParts('line', observed.log),
    stderr: observed.records.flatMap(errorParts),
    child: starts.flatMap(childParts),
  }
}
