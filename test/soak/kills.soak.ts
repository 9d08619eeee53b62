import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { wellAnswer } from '../support/receiver.ts'
import { minutes, moods, random, startSoak } from '../support/soak.ts'

/**
 * Commands and children that are killed at random moments, several at once in one home, while the network comes and goes.
 * What a command has said to be over must arrive, once, whatever was killed.
 */

const workers = 4
/** Files at most: seven lines of 4 kB each are far below the 5 MB of the spool. */
const limits = { backlog: 60, settled: 2 * workers }
const slow = (...[request, response]: Parameters<typeof wellAnswer>) =>
  void setTimeout(() => wellAnswer(request, response), 30)

test(
  `${minutes} minutes of kills lose nothing that was over, and repeat nothing under another id`,
  async () => {
    const soak = await startSoak([...moods, slow], limits)
    const end = Date.now() + minutes * 60_000
    const last = end + 3 * 60_000
    const worker = async () => {
      // On a busy machine it may take longer until enough were killed, and enough have ended.
      while (Date.now() < end || (Date.now() < last && Math.min(soak.kills, soak.ended) <= workers)) {
        // However busy the machine is, one in four is killed while it starts, and one gets to its end, and starts a child.
        const kind = random(4)
        const from = kind === 0 ? 'start' : 'operation'
        await soak.command({ OPERATIONS: '6', PAUSE_MS: String(random(4)) }, kind === 1 ? 60_000 : random(150), from)
        await sleep(random(120))
        if (random(2) === 0) soak.killChild()
        await soak.goOn()
      }
    }
    await Promise.all(Array.from({ length: workers }, worker))
    expect(Math.min(soak.kills, soak.ended)).toBeGreaterThan(workers)
    await soak.expectAllArrived()
  },
  (minutes + 5) * 60_000,
)
