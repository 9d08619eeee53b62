import { beforeEach, expect, test, vi } from 'vitest'
import { troubles } from '../support/networks.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { impatient, runFixture } from '../support/program.ts'
import { tracksOf } from '../support/receiver.ts'
import { afterPause, deliverRest, killChild, sawNotice, spooled } from '../support/spool.ts'

const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))

test('a command ends although its awaited child gets no answer, and loses nothing', async () => {
  const silent = await troubles['accepted and silent']()
  const env = { RUDDER_URL: silent.url, DELIVERY: 'inline', ...impatient }
  const { code, stdout, stderr } = await runFixture('fetch.mjs', place, env)
  await silent.close()
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'enabled true\n', stderr: '' })
  expect(spooled(place)).toHaveLength(1)
  // It would go on for its 45 seconds.
  await vi.waitUntil(() => killChild(place), { timeout: 60_000 })
  afterPause(place)
  await deliverRest(place, receiver.url)
  expect(tracksOf(receiver.requests).map(({ event }) => event)).toEqual(['fetch', 'run'])
})

test('a command ends when its awaited child has sent everything', async () => {
  const { code } = await runFixture('fetch.mjs', place, { RUDDER_URL: receiver.url, DELIVERY: 'inline' })
  expect({ code, left: spooled(place) }).toEqual({ code: 0, left: [] })
  expect(tracksOf(receiver.requests).map(({ event }) => event)).toEqual(['fetch', 'run'])
})
