import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Collector, collectorBinary, startCollector, until } from '../support/collector.ts'
import type { Encoding } from '../support/load.ts'
import type { RawSpan } from '../support/raw-spans.ts'
import { storedIn, storedOf } from '../support/stored.ts'

/** The times of spans that a collector stores, in files and in ClickHouse, as docs/collector.md says. */

const now = BigInt(Date.now()) * 1_000_000n
const second = 1_000_000_000n
const day = 86_400n * second
const largest = 2n ** 64n - 1n

type Kept = 'in both' | 'in the file' | 'nowhere'
const ends: readonly (readonly [what: string, start: bigint, end: bigint, kept: Kept])[] = [
  ['now', now, now + second, 'in both'],
  ['without a duration', now, now, 'in both'],
  ['an end before its start', now, now - 1n, 'nowhere'],
  ['an end a day before its start', now, now - day, 'nowhere'],
  ['no start', 0n, now, 'nowhere'],
  ['no end', now, 0n, 'nowhere'],
  ['no times', 0n, 0n, 'nowhere'],
  ['in the first nanosecond of 1970', 1n, 2n, 'in the file'],
  ['from 1970 until now', 1n, now, 'in the file'],
  ['a start of 2^62', 2n ** 62n, 2n ** 62n, 'nowhere'],
  ['a start of 2^63 - 1', 2n ** 63n - 1n, 2n ** 63n - 1n, 'nowhere'],
  ['a start of 2^63', 2n ** 63n, 2n ** 63n, 'nowhere'],
  ['a start of 2^63 and an end of now', 2n ** 63n, now, 'nowhere'],
  ['an end of 2^63', now, 2n ** 63n, 'nowhere'],
  ['a start of 2^64 - 1', largest, largest, 'nowhere'],
  ['an end of 2^64 - 1', now, largest, 'nowhere'],
  ['23 hours ahead', now + day - 3600n * second, now + day - 3600n * second, 'in both'],
  ['25 hours ahead', now + day + 3600n * second, now + day + 3600n * second, 'nowhere'],
  ['an end 25 hours ahead', now, now + day + 3600n * second, 'nowhere'],
  ['a month ago', now - 30n * day, now - 30n * day + second, 'in both'],
  ['a year ago', now - 365n * day, now - 365n * day + second, 'in both'],
  ['399 days ago', now - 399n * day, now - 399n * day, 'in both'],
  ['401 days ago', now - 401n * day, now - 401n * day, 'in the file'],
  ['from 401 days ago until now', now - 401n * day, now, 'in the file'],
]
const cases = (['json', 'protobuf'] as const).flatMap((encoding: Encoding) =>
  ends.map(([what, start, end, kept]) => ({ encoding, what, start, end, kept })),
)
const spanIdOf = (index: number): string => String(index + 1).padStart(16, '0')
const spans = cases.map(({ encoding, start, end }, index) => {
  const span: RawSpan = { spanId: spanIdOf(index), attributes: [['cq.span.type', 'run']], start, end }
  return { encoding, span }
})

/** In the place of ClickHouse a file gets what it would. */
const toFile = `
exporters:
  file/clickhouse:
    path: \${env:CQ_DATA}/clickhouse.txt
    create_directory: true
service:
  pipelines:
    traces/clickhouse:
      exporters: [file/clickhouse]
`

let collector: Collector
let stored: { has(id: string): boolean }
let inClickhouse: { has(id: string): boolean }
beforeAll(async () => {
  collectorBinary()
  collector = await startCollector('all-in-one', ['clickhouse'], {}, toFile)
  stored = await storedOf(collector, spans)
  const lines = (): string[] => readFileSync(join(collector.data, 'clickhouse.txt'), 'utf8').split('\n').slice(0, -1)
  await until('the last span', () => storedIn(lines()).has('f'.repeat(16)))
  inClickhouse = storedIn(lines())
}, 1_200_000)
afterAll(() => collector.stop())

test.each(cases.map((each, index) => ({ ...each, index })))('$encoding, $what: kept $kept', ({ kept, index }) => {
  const id = spanIdOf(index)
  expect({ file: stored.has(id), clickhouse: inClickhouse.has(id) }).toEqual({
    file: kept !== 'nowhere',
    clickhouse: kept === 'in both',
  })
})
