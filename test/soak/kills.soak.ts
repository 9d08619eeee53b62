import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { newPlace, start } from '../support/program.ts'
import {
  type Answer,
  attributesOf,
  type Received,
  spansOf,
  startReceiver,
  tracksOf,
  wellAnswer,
} from '../support/receiver.ts'
import { afterPause, deliverRest, jobFor, killChild, runChild, sawNotice, spooled } from '../support/spool.ts'

/**
 * Commands and children that are killed at random moments, several at once in one home, while the network comes and goes.
 * What a command has said to be over must arrive, once, whatever was killed.
 */

const kills = Number(process.env['KILLS'] ?? 500)
const workers = 4
const operations = 6
/** Files at most: seven lines of 4 kB each are far below the 5 MB of the spool. */
const backlog = 60
/** Of one process and the next: each operation has a number of its own, as its count of items. */
const stride = 100

const fixture = new URL('../fixtures/steps.mjs', import.meta.url).pathname

const moods: readonly Answer[] = [
  wellAnswer,
  wellAnswer,
  (_, response) => response.writeHead(503).end(),
  (_, response) => response.destroy(),
  (request, response) => setTimeout(() => wellAnswer(request, response), 30),
]
const random = (below: number): number => Math.floor(Math.random() * below)

test(`${kills} kills lose nothing that was over, and repeat nothing under another id`, async () => {
  const place = newPlace()
  sawNotice(place)
  const receiver = await startReceiver()
  /** What arrived for good: a server that answers with an error, or not at all, has taken nothing. */
  const taken: Received[] = []
  let mood: Answer = wellAnswer
  receiver.answer = (request, response) => {
    response.on('finish', () => response.statusCode === 200 && taken.push(request))
    mood(request, response)
  }
  const said = new Set<number>()
  let killed = 0
  let processes = 0
  let ended = 0

  /** One worker lets a child come to its end, so that the limits of the spool are not what is tested here. */
  let settling: Promise<unknown> | undefined
  const settle = () =>
    (settling ??= (async () => {
      while (spooled(place).length > workers * 2) {
        mood = wellAnswer
        afterPause(place)
        await runChild(jobFor(place, receiver.url))
      }
      settling = undefined
    })())

  const command = async () => {
    const number = ++processes
    const env = {
      RUDDER_URL: receiver.url,
      CQ_OTLP_ENDPOINT: receiver.url,
      DELIVERY: 'detached',
      OPERATIONS: String(operations),
      PAUSE_MS: String(random(4)),
      FIRST_COUNT: String(number * stride),
    }
    const running = start(process.execPath, [fixture], place, env)
    // One in four is killed while it starts, however busy the machine is; of the others many get to their end, and start a child.
    if (random(4) > 0) await running.says('step ').catch(() => undefined)
    const timer = setTimeout(() => running.kill('SIGKILL'), random(150))
    const { stdout, signal } = await running.ended
    clearTimeout(timer)
    if (signal === 'SIGKILL') killed += 1
    else ended += 1
    for (const [, step] of stdout.matchAll(/step (\d+)\n/g)) said.add(number * stride + Number(step))
    await sleep(random(120))
    if (settling === undefined && random(2) === 0 && killChild(place)) killed += 1
    afterPause(place)
    mood = moods[random(moods.length)] ?? wellAnswer
    if (spooled(place).length > backlog) await settle()
  }
  const worker = async () => {
    for (;;) {
      if (killed >= kills) return
      await command()
    }
  }
  await Promise.all(Array.from({ length: workers }, worker))
  // Else there was nothing to lose.
  expect(Math.min(said.size, ended)).toBeGreaterThan(workers)

  mood = wellAnswer
  killChild(place)
  afterPause(place)
  await deliverRest(place, receiver.url)
  await receiver.close()

  const spansByCount = new Map<number, Set<string>>()
  for (const span of spansOf(taken)) {
    const attributes = attributesOf(span)
    if (attributes['cq.span.type'] !== 'operation' || attributes['cq.aborted'] === true) continue
    const count = Number(attributes['cq.resources.count'])
    spansByCount.set(count, (spansByCount.get(count) ?? new Set()).add(span.spanId))
  }
  const events = new Set(
    tracksOf(taken)
      .filter(({ event, properties }) => event === 'operation' && properties['aborted'] !== true)
      .map(({ messageId }) => messageId),
  )
  console.log(
    `${processes} commands, ${ended} of them to their end, ${killed} kills of commands and children, ${said.size} operations said to be over, ` +
      `${spansByCount.size} arrived by OTLP, ${events.size} by Rudder, ${taken.length} requests, ` +
      `${spansOf(taken).length} spans, ${new Set(spansOf(taken).map(({ spanId }) => spanId)).size} of them different`,
  )
  const lost = tracksOf(taken).filter(({ event }) => event === 'delivery')
  if (lost.length > 0) console.log(lost.map(({ properties }) => properties))
  expect([...said].filter((count) => !spansByCount.has(count))).toEqual([])
  expect([...spansByCount.values()].filter((ids) => ids.size > 1)).toEqual([])
  expect(events.size).toBe(spansByCount.size)
  expect(tracksOf(taken).filter(({ event }) => event === 'delivery')).toEqual([])
  place.remove()
}, 1_200_000)
