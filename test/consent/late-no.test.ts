import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { usePlace, useReceiver } from '../support/place.ts'
import { inspectLog, runFixture } from '../support/program.ts'
import { sawNotice } from '../support/spool.ts'

/** A switch that the host sets after `instrument()`. */

const place = usePlace()
const receiver = useReceiver()

const noes = ['CQ_NO_TELEMETRY=1', 'DO_NOT_TRACK=1', 'OTEL_SDK_DISABLED=true']
const moments = [
  'before the first operation',
  'within an operation',
  'between two operations',
  'after the last operation',
  'before a crash',
  'at the end',
]
const places = [
  { name: 'in CI', env: { CI: 'true' }, prepare: () => undefined },
  { name: 'after the notice', env: {}, prepare: () => sawNotice(place) },
  { name: 'in the run of the notice', env: {}, prepare: () => undefined },
]

const spool = (): string[] => {
  const path = join(place.home, '.cq/telemetry/spool')
  return existsSync(path) ? readdirSync(path) : []
}
const late = (env: NodeJS.ProcessEnv) => runFixture('late-no.mjs', place, { RUDDER_URL: receiver.url, ...env })

test('a run without a late no is sent', async () => {
  await late({ CI: 'true', SWITCH: 'UNRELATED=1', WHEN: 'before the first operation' })
  expect(receiver.requests).not.toEqual([])
})

describe.each(places)('$name', ({ env, prepare }) => {
  test.each(moments.flatMap((when) => noes.map((no) => ({ when, no }))))(
    '$no that is set $when leaves nothing stored and sends nothing',
    async ({ when, no }) => {
      prepare()
      const { code } = await late({ ...env, SWITCH: no, WHEN: when, CQ_DEBUG_TELEMETRY: '1' })
      expect({ code, spool: spool() }).toEqual({ code: when === 'before a crash' ? 1 : 0, spool: [] })
      await late({ ...env, SWITCH: 'CQ_NO_TELEMETRY=1', WHEN: 'before the first operation' })
      expect(receiver.requests).toEqual([])
    },
  )
})

test.each(noes)('%s before the first operation creates no id and no file', async (no) => {
  await late({ CI: 'true', SWITCH: no, WHEN: 'before the first operation' })
  expect(readdirSync(place.home)).toEqual([])
})

test('inspect before the first operation shows the run and sends nothing', async () => {
  sawNotice(place)
  await late({ SWITCH: 'CQ_INSPECT_TELEMETRY=1', WHEN: 'before the first operation' })
  expect(inspectLog(place).map(({ event }) => event)).toContain('run')
  expect({ spool: spool(), requests: receiver.requests }).toEqual({ spool: [], requests: [] })
})

test.each(moments.slice(1))('inspect %s sends nothing', async (when) => {
  await late({ CI: 'true', SWITCH: 'CQ_INSPECT_TELEMETRY=1', WHEN: when })
  expect({ spool: spool(), requests: receiver.requests }).toEqual({ spool: [], requests: [] })
})
