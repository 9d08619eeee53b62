import { inputs } from '../fixtures/vector-inputs.mjs'
import { spanTable } from '../../src/schema/table.ts'
import { type SpanType, spanTypes } from '../../src/schema/vocabulary.ts'
import { examples } from './examples.ts'
import { type Vector, vectorsFor } from './vectors.ts'
import { formats } from './vector-formats.ts'

/** Where the vectors are planted, and how many times that is. */

/** The calls of the handle. */
export const calls = Object.entries(inputs)

const keys = spanTable.map(({ key }) => key)
const nameKeys = spanTable.filter(({ shape }) => shape.name && !shape.list).map(({ key }) => key)
const lists = new Set(spanTable.filter(({ shape }) => shape.list).map(({ key }) => key))
const known = examples()

/** A span of a tracer with a vector in each attribute of the table; beside public names, which let more of it leave. */
export interface PlantedSpan {
  readonly type: SpanType
  readonly vector: Vector
  readonly attributes: Record<string, unknown>
  /** How many attributes hold the vector. */
  readonly places: number
}

const spanWith = (type: SpanType, vector: Vector, planted: readonly string[]): PlantedSpan => {
  const { text } = vector
  const places = planted.map((key) => [key, lists.has(key) ? [text] : text] as const)
  const names = nameKeys.map((key) => [key, known[key]] as const)
  return {
    type,
    vector,
    places: planted.length,
    attributes: { ...Object.fromEntries([...names, ...places]), [text]: text, 'cq.span.type': type },
  }
}

const besideNames = keys.filter((key) => !nameKeys.includes(key))

/** Spans of each type. */
export const plantedSpans = (): PlantedSpan[] =>
  spanTypes.flatMap((type) => [
    ...vectorsFor(`each attribute of a ${type} span`).map((vector) => spanWith(type, vector, keys)),
    ...vectorsFor(`each attribute of a ${type} span with public names`).map((vector) =>
      spanWith(type, vector, besideNames),
    ),
  ])

/** What is around a process: each of them holds one vector of each format. */
export const surroundings = [
  'argument',
  'value of an option',
  'name of an option',
  'value of a variable',
  'name of a variable',
  'resource attributes of OpenTelemetry',
  'trace parent and baggage',
  'working directory',
  'home',
  'host name',
  'name in package.json',
  'version in package.json',
  'remote of git',
  'random id in the home',
  'random id in the working directory',
  'line of the spool',
  'state of the delivery',
  'name of an installed provider',
  'version of an installed provider',
  'key of the configuration',
  'value of the configuration',
  'version of the database',
  'error of the database',
  'URL of the database',
  'class of an error by the host',
] as const

/** Frameworks whose parsers get each vector, as an argument and as an option that is not known. */
export const parsers = ['commander', 'yargs', 'citty'] as const

/** What the tests plant, and check that they do; `docs/privacy.md` may not say more (test/docs.test.ts). */
export const counts = {
  formats: formats.length,
  inputs: calls.length + spanTypes.length * 2 + surroundings.length + parsers.length * 2,
  inSpans: formats.length * spanTypes.length * (keys.length + besideNames.length),
  /** In a recorder of the test. */
  inCalls: formats.length * calls.length,
  /** Every fourth format in a process that sends and in one that inspects. */
  inProcesses: 2 * calls.length * Math.floor(formats.length / 4),
  /** All in a process that sends, and every fourth in one that inspects. */
  inSurroundings: surroundings.length * (formats.length + Math.ceil(formats.length / 4)),
  inParsers: formats.length * parsers.length * 2,
}
/** How many secrets were put somewhere, in all of these tests. */
export const plantings =
  counts.inSpans * 2 + counts.inCalls + counts.inProcesses + counts.inSurroundings + counts.inParsers
