import { afterAll, beforeAll, expect, test } from 'vitest'
import { readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { newPlace, type Place, runFixture } from '../support/program.ts'
import { type Receiver, startReceiver, tracksOf } from '../support/receiver.ts'
import { deliverRest, files, sawNotice } from '../support/spool.ts'
import { withinOneDay } from '../support/one-day.ts'

/** A tool that crashes at each start, under something that starts it again. */

const crashes = process.env['CI'] ? 500 : 1_000
const atOnce = 4

withinOneDay(process.env['CI'] ? 300_000 : 600_000)

let place: Place
let receiver: Receiver
beforeAll(async () => {
  place = newPlace()
  receiver = await startReceiver()
  sawNotice(place)
})
afterAll(async () => {
  await receiver.close()
  place.remove()
})

const env = () => ({ CQ_RUDDER_WRITE_KEY: 'key', CQ_RUDDER_URL: receiver.url, DELIVERY: 'manual' })
const crash = () => runFixture('crash.mjs', place, env())

const loop = async (times: number): Promise<void> => {
  let started = 0
  const one = async () => {
    while (started++ < times) {
      await crash()
      // Between, since the spool keeps a thousand files at most.
      if (started % 250 === 0) await deliverRest(place, receiver.url)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}

test(`${crashes} crashes send five reports, and count the others exactly`, async () => {
  await loop(crashes)
  const counted = files(place).crashes
  for (const name of readdirSync(counted)) {
    renameSync(join(counted, name), join(counted, name.replace(/^\d{4}-\d\d-\d\d/, '2026-01-01')))
  }
  await deliverRest(place, receiver.url)
  await crash()
  await deliverRest(place, receiver.url)
  const of = (event: string) => {
    const all = tracksOf(receiver.requests).filter((track) => track.event === event)
    return [...new Map(all.map((track) => [track.messageId, track])).values()]
  }
  console.log(`${of('run').length} runs, ${of('crash').length} reports of crashes`)
  expect(of('run')).toHaveLength(crashes + 1)
  // Five of the first day, and the one of the next.
  expect(of('crash')).toHaveLength(6)
  const suppressed = of('delivery').map(({ properties }) => Number(properties['lost_suppressed'] ?? 0))
  expect(suppressed.reduce((sum, count) => sum + count, 0)).toBe(crashes - 5)
})
