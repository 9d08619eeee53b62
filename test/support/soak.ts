import { expect } from 'vitest'
import { idOf } from '../../src/deliver/rudder/event.ts'
import { newPlace, start } from './program.ts'
import { type Answer, attributesOf, type Received, spansOf, startReceiver, tracksOf, wellAnswer } from './receiver.ts'
import { afterPause, deliverRest, jobFor, killChild, runChild, sawNotice, spooled } from './spool.ts'

/** Minutes of each soak. */
export const minutes = Number(process.env['SOAK_MINUTES'] ?? (process.env['CI'] ? 0.5 : 10))

export const random = (below: number): number => Math.floor(Math.random() * below)

/** The network comes and goes: it takes what it gets, refuses it, or breaks off. */
export const moods: readonly Answer[] = [
  wellAnswer,
  wellAnswer,
  wellAnswer,
  (_, response) => response.writeHead(503).end(),
  (_, response) => response.destroy(),
]

/** What arrived for good: only this is kept of the requests. */
const newArrivals = () => {
  /** By the number of an operation, the ids that its event has. */
  const byOtlp = new Map<number, Set<string>>()
  const byRudder = new Set<string>()
  const losses: unknown[] = []
  const take = (request: Received) => {
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

const fixture = new URL('../fixtures/steps.mjs', import.meta.url).pathname
/** More than a command has operations: each operation has a number of its own, as its count of items. */
const stride = 100_000

interface Limits {
  /** Files that may wait: the limits of the spool are not what a soak tests. */
  readonly backlog: number
  /** Files that are left when there were more. */
  readonly settled: number
}

/** Commands and children in one home, which are killed while the network comes and goes. */
export const startSoak = async (answers: readonly Answer[], { backlog, settled }: Limits) => {
  const place = newPlace()
  sawNotice(place)
  const receiver = await startReceiver()
  const arrivals = newArrivals()
  let mood = wellAnswer
  receiver.answer = (request, response) => {
    receiver.requests.length = 0
    response.on('finish', () => response.statusCode === 200 && arrivals.take(request))
    mood(request, response)
  }
  const said = new Set<number>()
  let commands = 0
  let ended = 0
  let kills = 0
  let settling: Promise<void> | undefined

  const settle = async () => {
    while (spooled(place).length > settled) {
      mood = wellAnswer
      afterPause(place)
      await runChild(jobFor(place, receiver.url))
    }
    settling = undefined
  }

  return {
    get kills() {
      return kills
    },
    /** Commands that got to their end, and so have started a child. */
    get ended() {
      return ended
    },
    /** Kills the child that is at work, unless it is to bring the files below the limits. */
    killChild: () => {
      if (!settling && killChild(place)) kills += 1
    },
    /** Runs a command, which is killed so many milliseconds after its start, or after its first operation. */
    command: async (env: NodeJS.ProcessEnv, ms: number, from: 'start' | 'operation') => {
      const first = ++commands * stride
      const all = { RUDDER_URL: receiver.url, CQ_OTLP_ENDPOINT: receiver.url, DELIVERY: 'detached', ...env }
      const running = start(process.execPath, [fixture], place, { ...all, FIRST_COUNT: String(first) })
      if (from === 'operation') await running.says('step ').catch(() => undefined)
      const timer = setTimeout(() => running.kill('SIGKILL'), ms)
      const { stdout, signal } = await running.ended
      clearTimeout(timer)
      if (signal === 'SIGKILL') kills += 1
      else ended += 1
      for (const [, step] of stdout.matchAll(/step (\d+)\n/g)) said.add(first + Number(step))
    },
    /** Changes the network, and lets a child come to its end where too much waits. */
    goOn: async () => {
      if (!settling) {
        mood = answers[random(answers.length)] ?? wellAnswer
        afterPause(place)
        if (spooled(place).length > backlog) settling = settle()
      }
      await settling
    },
    /** All that a command has said to be over has arrived, under one id, at both destinations. */
    expectAllArrived: async () => {
      mood = wellAnswer
      killChild(place)
      afterPause(place)
      await deliverRest(place, receiver.url)
      await receiver.close()
      const { byOtlp, byRudder, losses } = arrivals
      console.log(
        `${commands} commands, ${ended} of them to their end, ${kills} kills of commands and children, ${said.size} operations ` +
          `said to be over, ${byOtlp.size} arrived by OTLP, ${byRudder.size} by Rudder`,
      )
      // Else there was nothing to lose.
      expect(said.size).toBeGreaterThan(0)
      expect([...said].filter((step) => !byOtlp.has(step))).toEqual([])
      expect([...byOtlp.values()].filter((ids) => ids.size > 1)).toEqual([])
      expect([...byOtlp.values()].flatMap((ids) => [...ids]).filter((id) => !byRudder.has(id))).toEqual([])
      expect(byRudder.size).toBe(byOtlp.size)
      expect(losses).toEqual([])
      place.remove()
    },
  }
}
