import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { newPlace, runFixture } from '../support/program.ts'
import { startReceiver, tracksOf, wellAnswer } from '../support/receiver.ts'
import { minutes, moods, random, startSoak } from '../support/soak.ts'
import { files, jobFor, runChild, sawNotice, spooled } from '../support/spool.ts'

/**
 * Runs of many operations and parts, several at once in one home. They and their children are killed at random moments, while
 * the network comes and goes. What a run has said to be over must arrive, and nothing under another id.
 */

const workers = 2
/** Files at most: a megabyte each, of which a run leaves the last. */
const limits = { backlog: 4, settled: 2 * workers }

test(
  `${minutes} minutes of kills over long runs lose nothing that was over, and repeat nothing under another id`,
  async () => {
    const soak = await startSoak(moods, limits)
    const end = Date.now() + minutes * 60_000
    const worker = async () => {
      while (Date.now() < end) {
        await soak.command({ OPERATIONS: String(200 + random(500)) }, 200 + random(6_000), 'start')
        await soak.goOn()
      }
    }
    const killer = async () => {
      for (; Date.now() < end; await sleep(100 + random(900))) soak.killChild()
    }
    await Promise.all([...Array.from({ length: workers }, worker), killer()])
    expect(soak.kills).toBeGreaterThan(0)
    await soak.expectAllArrived()
  },
  (minutes + 5) * 60_000,
)

test('a hundred thousand operations of one run arrive, each once', async () => {
  const place = newPlace()
  sawNotice(place)
  const ids = new Set<string>()
  const ends = new Set<string>()
  let events = 0
  let largest = 0
  const children = new Set<string>()
  const receiver = await startReceiver()
  receiver.answer = (request, response) => {
    receiver.requests.length = 0
    const tracks = tracksOf([request])
    for (const { event, messageId } of tracks) {
      ids.add(messageId)
      if (event === 'run') ends.add(messageId)
    }
    events += tracks.length
    try {
      children.add(readFileSync(files(place).drainLock, 'utf8'))
    } catch {
      // The child has just ended. Its earlier requests have named it.
    }
    largest = Math.max(largest, tracks.length)
    wellAnswer(request, response)
  }
  await runFixture('many.mjs', place, { RUDDER_URL: receiver.url, OPERATIONS: '100000', DELIVERY: 'detached' })
  for (const limit = Date.now() + 600_000; spooled(place).length > 0 && Date.now() < limit; await sleep(200))
    await runChild(jobFor(place, receiver.url))
  await receiver.close()
  expect({ ids: ids.size, ends: ends.size }).toEqual({ ids: 100_001, ends: 1 })
  // On a busy machine the 45 seconds of a child may end before all is sent: the next one sends its last request again.
  expect(events - ids.size).toBeLessThanOrEqual((children.size - 1) * largest)
  place.remove()
}, 900_000)
