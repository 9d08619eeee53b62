import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { idOf } from '../../src/deliver/rudder/event.ts'
import { newPlace, runFixture, start } from '../support/program.ts'
import { type Answer, attributesOf, spansOf, startReceiver, tracksOf, wellAnswer } from '../support/receiver.ts'
import { afterPause, deliverRest, jobFor, killChild, runChild, sawNotice, spooled } from '../support/spool.ts'

/**
 * Runs of many operations and parts, several at once in one home. They and their children are killed at random moments, while
 * the network comes and goes. What a run has said to be over must arrive, and nothing under another id.
 */

const inCi = Boolean(process.env['CI'])
const minutes = Number(process.env['SOAK_MINUTES'] ?? (inCi ? 1 : 10))
const workers = 2
/** Files at most: a megabyte each, of which a run leaves the last. */
const backlog = 4
/** More than any run has: each operation has a number of its own, as its count of items. */
const stride = 100_000

const fixture = new URL('../fixtures/steps.mjs', import.meta.url).pathname
const random = (below: number): number => Math.floor(Math.random() * below)

/** What arrived for good: only this is kept of the requests. */
const newArrivals = () => {
  /** By the number of an operation, the ids that its event has. */
  const byOtlp = new Map<number, Set<string>>()
  const byRudder = new Set<string>()
  const losses: unknown[] = []
  const take = (request: Parameters<Answer>[0]) => {
    for (const span of spansOf([request])) {
      const attributes = attributesOf(span)
      if (attributes['cq.span.type'] !== 'operation' || attributes['cq.aborted'] === true) continue
      const step = Number(attributes['cq.resources.count'])
      byOtlp.set(step, (byOtlp.get(step) ?? new Set()).add(idOf(span as never, 'operation')))
    }
    for (const { event, properties, messageId } of tracksOf([request])) {
      if (event === 'delivery') losses.push(properties)
      if (event === 'operation' && properties['aborted'] !== true) byRudder.add(messageId)
    }
  }
  return { byOtlp, byRudder, losses, take }
}

test(
  `${minutes} minutes of kills over long runs lose nothing that was over, and repeat nothing under another id`,
  async () => {
    const place = newPlace()
    sawNotice(place)
    const receiver = await startReceiver()
    const arrivals = newArrivals()
    const moods: readonly Answer[] = [
      wellAnswer,
      wellAnswer,
      wellAnswer,
      (_, response) => response.writeHead(503).end(),
      (_, response) => response.destroy(),
    ]
    let mood: Answer = wellAnswer
    receiver.answer = (request, response) => {
      receiver.requests.length = 0
      response.on('finish', () => response.statusCode === 200 && arrivals.take(request))
      mood(request, response)
    }
    const said = new Set<number>()
    const end = Date.now() + minutes * 60_000
    let runs = 0
    let killed = 0

    /** What waits stays below the limits of the spool, which are not what is tested here. */
    let settling: Promise<void> | undefined
    const settle = async () => {
      while (spooled(place).length > workers * 2) {
        mood = wellAnswer
        afterPause(place)
        await runChild(jobFor(place, receiver.url))
      }
      settling = undefined
    }

    const command = async () => {
      const number = ++runs
      const running = start(process.execPath, [fixture], place, {
        RUDDER_URL: receiver.url,
        CQ_OTLP_ENDPOINT: receiver.url,
        DELIVERY: 'detached',
        OPERATIONS: String(200 + random(500)),
        FIRST_COUNT: String(number * stride),
      })
      const timer = setTimeout(() => running.kill('SIGKILL'), 200 + random(6_000))
      const { stdout, signal } = await running.ended
      clearTimeout(timer)
      if (signal === 'SIGKILL') killed += 1
      for (const [, step] of stdout.matchAll(/step (\d+)\n/g)) said.add(number * stride + Number(step))
      if (settling === undefined) {
        mood = moods[random(moods.length)] ?? wellAnswer
        afterPause(place)
        if (spooled(place).length > backlog) settling = settle()
      }
      await settling
    }
    const worker = async () => {
      while (Date.now() < end) await command()
    }
    const killer = async () => {
      for (; Date.now() < end; await sleep(100 + random(900))) if (!settling && killChild(place)) killed += 1
    }
    await Promise.all([...Array.from({ length: workers }, worker), killer()])

    mood = wellAnswer
    afterPause(place)
    await deliverRest(place, receiver.url)
    await receiver.close()
    const { byOtlp, byRudder, losses } = arrivals
    console.log(
      `${runs} runs, ${killed} kills of commands and children, ${said.size} operations said to be over, ` +
        `${byOtlp.size} arrived by OTLP, ${byRudder.size} by Rudder`,
    )
    expect(killed).toBeGreaterThan(0)
    expect([...said].filter((step) => !byOtlp.has(step))).toEqual([])
    expect([...byOtlp.values()].filter((ids) => ids.size > 1)).toEqual([])
    expect([...byOtlp.values()].flatMap((ids) => [...ids]).filter((id) => !byRudder.has(id))).toEqual([])
    expect(byRudder.size).toBe(byOtlp.size)
    expect(losses).toEqual([])
    place.remove()
  },
  (minutes + 5) * 60_000,
)

test('a hundred thousand operations of one run arrive, each once', async () => {
  const place = newPlace()
  sawNotice(place)
  const ids = new Set<string>()
  let events = 0
  let ends = 0
  const receiver = await startReceiver()
  receiver.answer = (request, response) => {
    receiver.requests.length = 0
    for (const { event, messageId } of tracksOf([request])) {
      ids.add(messageId)
      events += 1
      if (event === 'run') ends += 1
    }
    wellAnswer(request, response)
  }
  await runFixture('many.mjs', place, { RUDDER_URL: receiver.url, OPERATIONS: '100000', DELIVERY: 'detached' })
  const limit = Date.now() + 600_000
  const isOver = () => ends > 0 || Date.now() > limit
  while (!isOver()) {
    await sleep(200)
    // The life of a child is 45 seconds: a busy machine may need another.
    if (spooled(place).length > 0) await deliverRest(place, receiver.url)
  }
  await deliverRest(place, receiver.url)
  await receiver.close()
  expect({ ids: ids.size, events, ends }).toEqual({ ids: 100_001, events: 100_001, ends: 1 })
  place.remove()
}, 900_000)
