import { beforeEach, expect, test } from 'vitest'
import { runFixture } from '../support/program.ts'
import { tracksOf } from '../support/receiver.ts'
import { deliverRest, sawNotice, spooled } from '../support/spool.ts'
import { usePlace, useReceiver } from '../support/place.ts'

const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))

test('fifty simultaneous first runs of twenty operations lose nothing, repeat nothing and are one installation', async () => {
  const env = { RUDDER_URL: receiver.url, OPERATIONS: '20', DELIVERY: 'detached' }
  const runs = await Promise.all(Array.from({ length: 50 }, () => runFixture('steps.mjs', place, env)))
  expect(runs.filter(({ code }) => code !== 0)).toEqual([])
  await deliverRest(place, receiver.url)
  const tracks = tracksOf(receiver.requests)
  expect(tracks.filter(({ event }) => event === 'operation')).toHaveLength(1_000)
  expect(new Set(tracks.map(({ messageId }) => messageId)).size).toBe(1_050)
  expect(tracks).toHaveLength(1_050)
  expect(new Set(tracks.map(({ anonymousId }) => anonymousId)).size).toBe(1)
  expect(spooled(place)).toEqual([])
}, 300_000)
