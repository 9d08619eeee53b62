import { expect, test } from 'vitest'
import { randomHex, randomUuid } from '../../src/machine/ids.ts'
import { runFixture } from '../support/program.ts'
import { batchesIn, sawNotice } from '../support/spool.ts'
import { usePlace } from '../support/place.ts'

/** Ids differ whatever the host does with its random numbers, and the host's do not depend on them. */

const place = usePlace()

test('a random text has the requested number of digits, and none is repeated', () => {
  const texts = Array.from({ length: 20_000 }, () => randomHex(15))
  expect(new Set(texts).size).toBe(texts.length)
  for (const text of texts) expect(text).toMatch(/^[0-9a-f]{15}$/)
  expect(randomUuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('runs of a host that seeds Math.random differ, and the host gets the same numbers as without telemetry', async () => {
  sawNotice(place)
  const outputs = []
  for (const env of [{}, {}, {}, { CQ_NO_TELEMETRY: '1' }])
    outputs.push((await runFixture('seeded.mjs', place, env)).stdout)
  expect(new Set(outputs)).toEqual(new Set([outputs[3]]))

  const batches = batchesIn(place)
  const spans = batches.flatMap((batch) => batch.spans)
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(3)
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(6)
  expect(new Set(batches.map(({ resource }) => resource.attributes['service.instance.id'])).size).toBe(3)
})
