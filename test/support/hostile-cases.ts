import type { Question } from '../../src/report/questions.ts'
import type { Attributes, GeneratedRun } from './generated.ts'

/** Single spans that a client can send through the allow-list, and what a question says of them. */
export interface HostileCase {
  readonly name: string
  readonly run: (tool: string) => GeneratedRun
  readonly question: Question
  /** The rows of the tool. */
  readonly says: readonly object[]
}

const monday = 1_785_751_200_000_000_000n
let ids = 0

interface Parts {
  readonly start?: bigint
  readonly end?: bigint
  readonly again?: Attributes
  readonly resource?: Attributes
  readonly resourceAgain?: Attributes
}

const spanOf =
  (type: string, attributes: Attributes, parts: Parts = {}) =>
  (tool: string): GeneratedRun => {
    const { start = monday, end = start + 100_000_000n, again, resource, resourceAgain } = parts
    const id = (++ids).toString(16)
    const span = {
      traceId: id.padStart(32, 'a'),
      spanId: id.padStart(16, 'a'),
      parentSpanId: '',
      name: type,
      start,
      end,
    }
    return {
      resource: { 'service.name': tool, ...resource },
      ...(resourceAgain && { again: resourceAgain }),
      spans: [{ ...span, attributes: { 'cq.span.type': type, ...attributes }, ...(again && { again }) }],
    }
  }
const run = (attributes: Attributes, parts?: Parts) => spanOf('run', attributes, parts)
const operation = (attributes: Attributes, parts?: Parts) =>
  spanOf('operation', { 'cq.operation.name': 'sync', ...attributes }, parts)

const lists = (provider: number, fetches: number, ms: number): Attributes => ({
  'cq.providers.names': ['aws'],
  'cq.resources.names': ['x'],
  'cq.resources.providers': [provider],
  'cq.resources.counts': [Number.MAX_SAFE_INTEGER],
  'cq.resources.fetch_counts': [fetches],
  'cq.resources.errors': [0],
  'cq.resources.durations_ms': [ms],
})
const largest = 9_007_199_254_740_991
const noDuration = [{ runs: 1, p50_ms: null, p95_ms: null }]

export const hostileCases: readonly HostileCase[] = [
  ...[3_221_225_786, 4_294_967_295, 0, undefined].map((code): HostileCase => {
    const says = [{ exit_code: code ?? null, runs: 1 }]
    return { name: `exit code ${code}`, run: run({ 'process.exit.code': code }), question: 'exits', says }
  }),
  ...[0n, 1n, 2n ** 62n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n].flatMap((start): HostileCase[] => {
    const name = `a start of ${start}`
    return [
      { name, run: run({}, { start }), question: 'completeness', says: [{ runs: 0, wrong_clock: 1 }] },
      { name, run: run({}, { start }), question: 'users-by-day', says: [] },
    ]
  }),
  ...[0n, monday - 1n, 2n ** 63n, 2n ** 64n - 1n].map((end): HostileCase => {
    return { name: `an end of ${end}`, run: operation({}, { end }), question: 'operations', says: noDuration }
  }),
  ...([-1, 0, 1, 10_000, 99_999_999_999, largest, -largest] as const).map((index): HostileCase => {
    const says = [{ provider: index === 0 ? 'aws' : '', resource: 'x', fetches: 1, items: largest, p50_ms: 5 }]
    return { name: `an index of ${index}`, run: operation(lists(index, 1, 5)), question: 'resources', says }
  }),
  {
    name: 'a resource without fetches',
    run: operation(lists(0, 0, 5)),
    question: 'resources',
    says: [{ fetches: 0, p50_ms: null }],
  },
  {
    name: 'a huge duration of a resource',
    run: operation(lists(0, 1, largest)),
    question: 'resources',
    says: [{ p50_ms: largest }],
  },
  {
    name: 'lists of different lengths',
    run: operation({ ...lists(0, 1, 5), 'cq.resources.names': ['x', 'y', 'z'], 'cq.resources.errors': [] }),
    question: 'resources',
    says: [
      { resource: 'x', fetches: 1, errors: 0 },
      { resource: 'y', fetches: 0, provider: '', p50_ms: null },
      { resource: 'z', fetches: 0 },
    ],
  },
  {
    name: 'a key that is there twice',
    run: run({ 'process.exit.code': 5 }, { again: { 'process.exit.code': 'not a number', 'cq.span.type': 'crash' } }),
    question: 'exits',
    says: [{ exit_code: 5, runs: 1 }],
  },
  {
    name: 'a key of the resource that is there twice',
    run: run({}, { resource: { 'service.version': '1.0.0' }, resourceAgain: { 'service.version': '2.0.0' } }),
    question: 'versions',
    says: [{ version: '1.0.0', invocations: 1 }],
  },
  {
    name: 'an operation without a name',
    run: spanOf('operation', {}),
    question: 'operations',
    says: [{ operation: '', runs: 1 }],
  },
  {
    name: 'empty names',
    run: operation({ ...lists(0, 1, 5), 'cq.resources.names': [''] }),
    question: 'resources',
    says: [{ resource: '', fetches: 1 }],
  },
  {
    name: 'unicode after a key that is allowed',
    run: run({ 'error.type': 'TypeError' }, { again: { 'error.type': '\u0000\u202e😀', '\u202e': '😀' } }),
    question: 'exits',
    says: [{ error_type: 'TypeError' }],
  },
  {
    name: 'more spans recorded than can be',
    run: run({ 'cq.spans.recorded': largest }),
    question: 'completeness',
    says: [{ incomplete_runs: 1, missing_spans: largest - 1 }],
  },
  {
    name: 'losses without end',
    run: spanOf('delivery', { 'cq.lost.expired': largest }),
    question: 'completeness',
    says: [{ lost_expired: largest }],
  },
  {
    name: 'a crash of which nothing is known',
    run: spanOf('crash', {}),
    question: 'crashes',
    says: [{ fingerprint: '', reports: 1, users: 0 }],
  },
]
