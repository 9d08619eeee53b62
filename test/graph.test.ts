import { describe, expect, test } from 'vitest'
import { cycleIn, moduleGraph, type ModuleGraph, reachedFrom } from './support/module-graph.ts'

/** The directions of imports in `src/`, types included. docs/architecture.md draws them. */

const graph = moduleGraph(new URL('../src', import.meta.url).pathname)

/** Each file directly in `src` is a room of its own. */
const roomOf = (file: string): string => file.split('/')[0] ?? file

/** How a class of the public surface checks its options, without those of `instrument()`. */
const optionChecks = ['api/check-options.ts', 'api/checks.ts', 'api/shared-options.ts']

/**
 * Which rooms a room may refer to. A file after a room's name is the only one of that room that it may refer to.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  schema: [],
  machine: [],
  otlp: ['schema'],
  api: ['schema', 'machine/shell-word.ts'],
  consent: ['machine'],
  contract: ['api', 'schema'],
  controls: ['machine'],
  identity: ['api', 'schema', 'machine'],
  spool: ['otlp', 'schema', 'machine'],
  launch: ['api', 'spool', 'schema', 'machine'],
  record: ['api', 'otlp', 'schema', 'machine'],
  deliver: [...optionChecks, 'launch/job.ts', 'spool', 'consent', 'controls', 'otlp', 'schema', 'machine'],
  inspect: [...optionChecks, 'deliver', 'otlp', 'schema', 'machine'],
  'decide.ts': ['api', 'consent', 'contract', 'identity', 'launch', 'machine'],
  'ask.ts': ['api', 'consent', 'contract', 'launch', 'machine'],
  'run-options.ts': ['api', 'consent', 'launch', 'machine'],
  'run-output.ts': ['run-options.ts', 'api', 'consent', 'controls', 'launch', 'record', 'spool', 'inspect', 'machine'],
  'run.ts': [
    'run-options.ts',
    'run-output.ts',
    'decide.ts',
    'api',
    'consent',
    'controls',
    'identity',
    'record',
    'spool',
    'machine',
  ],
  'instrument.ts': ['decide.ts', 'run.ts', 'ask.ts', 'api', 'consent', 'launch', 'record', 'schema', 'machine'],
  sdk: ['decide.ts', 'ask.ts', 'api', 'identity', 'launch', 'record'],
  'index.ts': ['instrument.ts', 'api', 'consent', 'schema'],
  frameworks: ['index.ts', 'command'],
  bridge: [...optionChecks, 'deliver', 'otlp', 'schema'],
  report: [],
  collector: ['report/config-directory.ts'],
  symbolicate: ['otlp', 'schema', 'machine'],
  testing: ['inspect', 'deliver', 'spool', 'consent', 'schema', 'machine'],
  command: [
    'index.ts',
    'api',
    'consent',
    'controls',
    'contract',
    'identity',
    'launch',
    'spool',
    'deliver',
    'inspect',
    'bridge',
    'report',
    'collector',
    'symbolicate',
  ].concat(['otlp', 'schema', 'machine']),
}

const edges = [...graph].flatMap(([file, targets]) =>
  targets.filter((target) => graph.has(target)).map((target) => [file, target] as const),
)
const fileGraph: ModuleGraph = new Map(
  [...graph].map(([file, targets]) => [file, targets.filter((each) => graph.has(each))]),
)
const roomGraph: ModuleGraph = new Map(
  Object.keys(allowed).map((room) => [
    room,
    edges
      .filter(([file, target]) => roomOf(file) === room && roomOf(target) !== room)
      .map(([, target]) => roomOf(target)),
  ]),
)

describe('src', () => {
  test('has these rooms and no other', () => {
    expect([...new Set([...graph.keys()].map(roomOf))].sort()).toEqual(Object.keys(allowed).sort())
  })

  test.each(Object.keys(allowed))('%s refers only to the rooms below it', (room) => {
    const beyond = edges.filter(
      ([file, target]) =>
        roomOf(file) === room &&
        roomOf(target) !== room &&
        !allowed[room]?.some((each) => each === target || each === roomOf(target)),
    )
    expect(beyond).toEqual([])
  })

  test.each(Object.entries(allowed))('%s refers to each of them', (room, rooms) => {
    const unused = rooms.filter(
      (each) => !edges.some(([file, target]) => roomOf(file) === room && (target === each || roomOf(target) === each)),
    )
    expect(unused).toEqual([])
  })

  test('has no cycle of files', () => {
    expect(cycleIn(fileGraph)).toBeUndefined()
  })

  test('has no cycle of rooms', () => {
    expect(cycleIn(roomGraph)).toBeUndefined()
  })

  test('refers to no file that does not exist', () => {
    const missing = [...graph].flatMap(([file, targets]) =>
      targets.filter((each) => /\.tsx?$/.test(each) && !graph.has(each)).map((each) => `${file}: ${each}`),
    )
    expect(missing).toEqual([])
  })
})

describe('the code that records', () => {
  const recording = [...graph.keys()].filter((file) => roomOf(file) === 'record')

  test.each(recording)('%s reaches no network, no database and no exporter', (file) => {
    const reached = [...reachedFrom(graph, file)]
    expect(reached.filter((each) => roomOf(each) === 'deliver' || roomOf(each) === 'bridge')).toEqual([])
    expect(reached.filter((each) => /^(?:pg|node:(?:https?|net|tls|dns|http2))$|exporter/.test(each))).toEqual([])
  })
})

test('the schema imports nothing, not even of Node', () => {
  const imported = [...graph].filter(([file]) => roomOf(file) === 'schema').flatMap(([, targets]) => targets)
  expect(imported.filter((each) => roomOf(each) !== 'schema')).toEqual([])
})

describe('the graph itself', () => {
  test('sees a cycle, and what is reached through others', () => {
    const ring: ModuleGraph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b', 'pg']],
    ])
    expect(cycleIn(ring)).toEqual(['b', 'c', 'b'])
    expect([...reachedFrom(ring, 'a')].sort()).toEqual(['b', 'c', 'pg'])
  })

  test('counts types, `import()`, `require()` and exports', () => {
    const of = (file: string) => graph.get(file) ?? []
    expect(of('instrument.ts')).toContain('run.ts')
    expect(of('run-output.ts')).toContain('inspect/sink.ts')
    expect(of('index.ts')).toContain('instrument.ts')
    expect(of('frameworks/telemetry-command.ts')).toContain('command/index.ts')
    expect(of('run-output.ts')).toContain('record/span-sink.ts')
  })
})
