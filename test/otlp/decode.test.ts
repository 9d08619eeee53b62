import { describe, expect, test } from 'vitest'
import { toReadableSpans } from '../../src/otlp/readable-span.ts'
import { type Batch, encodeLine } from '../../src/otlp/encode.ts'
import { decodeLine } from '../../src/otlp/decode.ts'
import { table } from '../../src/schema/table.ts'
import { officialJson } from '../support/official.ts'
import { cases, fc } from '../support/property.ts'
import { record } from '../support/record.ts'

/** Lines of the spool, made by a real recorder. */

const lineOf = (resources: readonly { name: string; count: number }[], exitCode: number): Batch => {
  const run = record()
  run.operations.operation('fetch', (operation) => {
    operation.provider({ name: 'aws', version: 'v1.0.0' }, (provider) => {
      for (const { name, count } of resources) provider.resource(name, (unit) => unit.count(count))
    })
    operation.policy({ name: 'cis', private: false, type: 'hub' }, () => undefined)
    operation.diagnostic({ severity: 'error', type: 'throttle' })
  })
  run.end(exitCode)
  return { resource: run.resource(), spans: run.spans }
}

const batch = fc
  .tuple(
    fc.array(fc.record({ name: fc.stringMatching(/^[a-z][a-z0-9_.]{0,30}$/), count: fc.nat() }), { maxLength: 20 }),
    fc.nat(255),
  )
  .map(([resources, code]) => lineOf(resources, code))

const one = (): string => encodeLine(lineOf([{ name: 'ec2.instances', count: 42 }], 1))

test('a decoded line is equal to the encoded one', () => {
  fc.assert(
    fc.property(batch, (given) => {
      const line = encodeLine(given)
      expect(line.match(/\n/g)).toHaveLength(1)
      expect(decodeLine(line)).toEqual([given])
    }),
    { numRuns: cases(50) },
  )
})

test("a line has the same bytes as the official serializer's for the same spans", () => {
  fc.assert(
    fc.property(batch, (given) => {
      expect(encodeLine(given).trimEnd()).toBe(officialJson(toReadableSpans(given.resource, given.spans)))
    }),
    { numRuns: cases(50) },
  )
})

describe('a line that was edited, cut off or written by another program', () => {
  const keys = new Map(table.map((row) => [row.key, row]))
  const expectOnlyTheTable = (line: string) => {
    for (const { resource, spans } of decodeLine(line)) {
      for (const attributes of [resource.attributes, ...spans.map((span) => span.attributes)]) {
        for (const [key, value] of Object.entries(attributes)) {
          expect(keys.get(key)?.shape.accepts(value), `${key}: ${JSON.stringify(value)}`).toBe(true)
        }
      }
    }
  }

  test('never throws, and keeps only what the table allows, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })), (text) => expectOnlyTheTable(text)),
      {
        numRuns: cases(500),
      },
    )
  })

  test('does the same with bytes changed, removed or inserted anywhere', () => {
    const line = one()
    fc.assert(
      fc.property(fc.nat(line.length), fc.nat(40), fc.string({ maxLength: 40 }), (at, cut, put) => {
        expectOnlyTheTable(line.slice(0, at) + put + line.slice(at + cut))
      }),
      { numRuns: cases(1_000) },
    )
  })

  test('does the same with any JSON in place of any value', () => {
    const parsed = JSON.parse(one()) as unknown
    const placed = (node: unknown, path: number[], value: unknown): unknown => {
      if (path.length === 0 || typeof node !== 'object' || node === null) return value
      const entries = Object.entries(node)
      const [index = 0, ...rest] = path
      const chosen = entries.length === 0 ? 0 : index % entries.length
      const changed = entries.map(
        ([key, below], at) => [key, at === chosen ? placed(below, rest, value) : below] as const,
      )
      return Array.isArray(node) ? changed.map(([, below]) => below) : Object.fromEntries(changed)
    }
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 9 }), fc.jsonValue(), (path, value) =>
        expectOnlyTheTable(JSON.stringify(placed(parsed, path, value))),
      ),
      { numRuns: cases(1_000) },
    )
  })

  test.each([
    ['a path under a known key', one().replaceAll('"ec2.instances"', '"/home/me/secret"')],
    ['an attribute that is not in the table', one().replaceAll('"cq.resource.name"', '"db.statement"')],
    ['a prototype', one().replaceAll('"cq.resource.name"', '"__proto__"')],
  ])('%s does not come back', (_, line) => {
    const text = JSON.stringify(decodeLine(line))
    expect(text).not.toMatch(/secret|statement|__proto__/)
    expect(text).toContain('"fetch"')
  })

  test('spans of another scope are left out', () => {
    expect(decodeLine(one().replace('"name":"cq-telemetry"', '"name":"http"'))).toEqual([])
  })

  test('endless nesting does not break it', () => {
    expect(decodeLine('['.repeat(200_000))).toEqual([])
    expect(decodeLine(`{"resourceSpans":${'['.repeat(5_000)}${']'.repeat(5_000)}}`)).toEqual([])
  })
})
