import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { usePlace, useReceiver } from '../support/place.ts'
import { run, runFixture, start } from '../support/program.ts'
import { tracksOf } from '../support/receiver.ts'
import { afterPause, child, deliverRest, jobFor, runChild, sawNotice, spooled, states } from '../support/spool.ts'
import { withTool } from '../support/tools.ts'

/** Marks report the open operations of a run that was killed: each once, however many there are. */

const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))

const env = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  RUDDER_URL: receiver.url,
  OTLP_URL: receiver.url,
  ...more,
})
const many = (more: NodeJS.ProcessEnv) => runFixture('many.mjs', place, env(more))
const fixture = new URL('../fixtures/many.mjs', import.meta.url).pathname

const counts = () => {
  const events = tracksOf(receiver.requests)
  const aborted = events.filter(({ event, properties }) => event === 'operation' && properties['aborted'] === true)
  const ended = events.filter(({ event, properties }) => event === 'operation' && properties['aborted'] !== true)
  return { aborted: aborted.length, ended: ended.length, ids: new Set(events.map(({ messageId }) => messageId)).size }
}

test.each([
  ['no operation that has ended and one open', 0, 1],
  ['one of each', 1, 1],
  ['nine hundred open', 0, 900],
  ['two thousand open', 3, 2_000],
  ['several finished parts, and a hundred open', 1_500, 100],
])('of a killed run with %s each is reported once', async (_, ended, open) => {
  await many({ OPERATIONS: String(ended), OPEN: String(open), END: 'kill' })
  await deliverRest(place, receiver.url)
  expect(counts()).toMatchObject({ ended, aborted: open })
  expect(counts().ids).toBe(tracksOf(receiver.requests).length)
  expect(spooled(place)).toEqual([])
})

test('a run that is killed after its first part was sent reports nothing twice', async () => {
  const running = start(
    process.execPath,
    [fixture],
    place,
    env({ OPERATIONS: '600', OPEN: '5', END: 'wait', FLUSH: '1' }),
  )
  await running.says('ready')
  await runChild(jobFor(place, receiver.url))
  expect(counts()).toMatchObject({ ended: 600, aborted: 0 })
  running.kill('SIGKILL')
  await running.ended
  await deliverRest(place, receiver.url)
  expect(counts()).toMatchObject({ ended: 600, aborted: 5 })
})

test('a live run with 1,100 open operations does not slow other runs', async () => {
  const running = start(process.execPath, [fixture], place, env({ OPEN: '1100', END: 'wait' }))
  await running.says('ready')
  for (let other = 0; other < 5; other++) await many({ OPERATIONS: '1' })
  expect(states(place).sort()).toEqual(['jsonl', 'jsonl', 'jsonl', 'jsonl', 'jsonl', 'marks', 'open'])
  await runChild(jobFor(place, receiver.url))
  expect(counts()).toMatchObject({ ended: 5, aborted: 0 })
  writeFileSync(join(place.cwd, 'go'), '')
  await running.ended
  await deliverRest(place, receiver.url)
  expect(tracksOf(receiver.requests).filter(({ event }) => event === 'operation')).toHaveLength(1_105)
})

withTool('strace', describe)('a take-over', () => {
  /** Runs the child under strace, which does this at its n-th system call of the kind. */
  const traced = async (call: string, what: string, n: number) => {
    const job = join(place.cwd, 'job')
    writeFileSync(job, JSON.stringify(jobFor(place, receiver.url)))
    const inject = `inject=${call}:${what}:when=${n}`
    const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject]
    await run('bash', ['-c', '"$@" < job', 'bash', ...strace, process.execPath, child], place)
  }

  test.each([
    ['that is killed as it writes', 'rename', 'signal=SIGKILL', 1],
    ['that is killed between its files', 'rename', 'signal=SIGKILL', 2],
    ['that is killed as it removes the marks', 'unlink', 'signal=SIGKILL', 2],
    ['whose rename fails', 'rename', 'error=ENOSPC', 2],
    ['that cannot create a file', 'openat', 'error=ENOSPC', 200],
  ])('%s loses none', async (_, call, what, n) => {
    await many({ OPERATIONS: '2', OPEN: '120', END: 'kill' })
    await traced(call, what, n)
    afterPause(place)
    await deliverRest(place, receiver.url)
    expect(counts()).toMatchObject({ ended: 2, aborted: 120 })
  })
})
