import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { trackEvents } from '../../src/deliver/rudder/mapping.ts'

import { newPlace, type Place, run } from '../support/program.ts'
import { useReceiver } from '../support/place.ts'
import { tracksOf } from '../support/receiver.ts'
import { batchesIn, child, deliverRest, jobFor, sawNotice } from '../support/spool.ts'
import { withTool } from '../support/tools.ts'

/**
 * SIGKILL at every step of append, rename, send and settle: strace injects it at the n-th system call that changes a file
 * or sends something, for each n, until the program gets to its end.
 */

let place: Place
const receiver = useReceiver()
beforeEach(() => {
  place = newPlace()
})
afterEach(() => place.remove())

const fixture = new URL('../fixtures/steps.mjs', import.meta.url).pathname

const fresh = (): void => {
  place.remove()
  place = newPlace()
  sawNotice(place)
  receiver.requests.length = 0
}

/** Runs Node on the file and kills it at the n-th of the calls. */
const killedAt = (calls: string, n: number, file: string, env: NodeJS.ProcessEnv, input?: string) => {
  const inject = `inject=${calls}:signal=SIGKILL:when=${n}`
  const traced = [
    'strace',
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    `trace=${calls}`,
    '-e',
    inject,
    process.execPath,
    file,
  ]
  if (input === undefined) return run(traced[0] ?? '', traced.slice(1), place, env)
  const job = join(place.cwd, 'job')
  writeFileSync(job, input)
  return run('bash', ['-c', '"$@" < job', 'bash', ...traced], place, env)
}

const wasKilled = ({ code, signal }: { code: number | null; signal: string | null }): boolean =>
  signal === 'SIGKILL' || code === 137

const arrived = () =>
  tracksOf(receiver.requests).map(({ event, messageId, properties }) => ({
    event,
    messageId,
    aborted: properties['aborted'] === true,
  }))

/** Kills at each occurrence of each call in turn; returns how often it killed. */
const atEach = async (calls: readonly string[], attempt: (call: string, n: number) => Promise<boolean>) => {
  let kills = 0
  for (const call of calls) for (let n = 1; n < 40 && (await attempt(call, n)); n++) kills += 1
  return kills
}

withTool('strace', describe)('killed at each system call', () => {
  test('a command that is killed loses no finished operation, and reports no operation twice', async () => {
    const calls = ['mkdir', 'pwrite64', 'rename', 'unlink', 'link']
    const kills = await atEach(calls, async (call, n) => {
      fresh()
      const ended = await killedAt(call, n, fixture, { RUDDER_URL: receiver.url })
      await deliverRest(place, receiver.url)
      const said = ended.stdout.match(/step \d/g)?.length ?? 0
      const operations = arrived().filter(({ event }) => event === 'operation')
      const at = `${call} ${n}`
      expect(operations.filter(({ aborted }) => !aborted).length, at).toBeGreaterThanOrEqual(said)
      expect(operations.length, at).toBeLessThanOrEqual(2)
      expect(operations.filter(({ aborted }) => aborted).length, at).toBeLessThanOrEqual(1)
      expect(new Set(arrived().map(({ messageId }) => messageId)).size, at).toBe(arrived().length)
      return wasKilled(ended)
    })
    expect(kills).toBeGreaterThan(10)
    expect(arrived().map(({ event }) => event)).toEqual(['operation', 'operation', 'run'])
  }, 300_000)

  test('a child that is killed loses nothing, and repeats nothing under another id', async () => {
    const calls = ['rename', 'unlink', 'link', 'utimensat', 'connect', 'writev', 'shutdown', 'exit_group']
    const kills = await atEach(calls, async (call, n) => {
      fresh()
      for (let file = 0; file < 2; file++) {
        await run(process.execPath, [fixture], place, { RUDDER_URL: receiver.url, OPERATIONS: '1' })
      }
      const expected = batchesIn(place)
        .flatMap(({ resource, spans }) => spans.flatMap((span) => trackEvents(span, resource)))
        .map(({ messageId }) => messageId)
      const ended = await killedAt(call, n, child, {}, JSON.stringify(jobFor(place, receiver.url)))
      await deliverRest(place, receiver.url)
      const ids = [...new Set(arrived().map(({ messageId }) => messageId))]
      expect(ids.sort(), `${call} ${n}`).toEqual(expected.sort())
      return wasKilled(ended)
    })
    expect(kills).toBeGreaterThan(10)
  }, 300_000)
})
