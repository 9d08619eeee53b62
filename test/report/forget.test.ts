import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Batch, encodeLine } from '../../src/otlp/encode.ts'
import { answers } from '../../src/report/database.ts'
import { alreadyPublic } from '../../src/schema/names.ts'
import { sanitizeResource, sanitizeSpan } from '../../src/schema/sanitize.ts'
import { table } from '../../src/schema/table.ts'
import { usePlace } from '../support/place.ts'
import { population, users } from '../support/population.ts'
import { objectsOf } from '../support/rows.ts'

/** Requests to forget, and the ids of projects, in the answers to the operator's questions. */

const place = usePlace()
const ask = async (batches: readonly Batch[]) => {
  const file = join(place.cwd, 'spans.jsonl')
  writeFileSync(file, batches.map(encodeLine).join(''))
  const all = await answers([file], () => undefined)
  return Object.fromEntries(all.map((answer) => [answer.question, objectsOf(answer)]))
}

const keyOf = (property: string): string => String(table.find(({ rudder }) => rudder === property)?.key)

const withResource = (batch: Batch, more: Record<string, unknown>): Batch => ({
  ...batch,
  resource: sanitizeResource({ ...batch.resource.attributes, ...more }, alreadyPublic, 'client'),
})

const requestOf = (id: string, index: number): Batch => {
  const resource = sanitizeResource(
    { 'service.name': 'cloudquery', 'service.version': '9.9.9', 'app.installation.id': id },
    alreadyPublic,
    'client',
  )
  const time = [Date.parse('2026-11-11T10:00:00Z') / 1000, 0] as const
  const ids = { traceId: `${index + 1}`.repeat(32), spanId: `${index + 1}`.repeat(16), parentSpanId: undefined }
  const attributes = { 'cq.span.type': 'forget' }
  const span = sanitizeSpan({ ...ids, startTime: time, endTime: time, attributes }, resource, alreadyPublic)
  return { resource, spans: span ? [span] : [] }
}

test('no question counts a request to forget, nor the id in it', async () => {
  const persisted = keyOf('random_id_persisted')
  // Ids that no run has found again: a request must not make users of them.
  const runs = population().map((batch) => withResource(batch, { [persisted]: false }))
  const name = String(runs[0]?.resource.attributes['service.name'])
  const requests = Object.values(users).map((id, index) => withResource(requestOf(id, index), { 'service.name': name }))
  const before = await ask(runs)
  expect(before['users-by-day']?.length).toBeGreaterThan(0)
  expect(requests.every(({ spans }) => spans.length === 1)).toBe(true)
  expect(await ask([...runs, ...requests])).toEqual(before)
})

test.each<[string, readonly string[], number]>([
  ['two projects', ['a', 'b'], 2],
  ['one project', ['a', 'a'], 1],
])('runs in CI of %s on two machines count as such', async (_, projects, expected) => {
  const inCi = population().slice(3, 5)
  const configuration = keyOf('cfghash')
  const batches = inCi.map((batch, index) =>
    withResource(batch, {
      [configuration]: undefined,
      'cq.project.id': String(projects[index]).repeat(40),
      'cq.hash.mac': `${index}`.repeat(40),
    }),
  )
  expect((await ask(batches))['users-by-week']?.map((row) => Number(row['ci_sources']))).toEqual([expected])
})
