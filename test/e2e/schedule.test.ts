import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { formatName, newName } from '../../src/spool/name.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { runFixture } from '../support/program.ts'
import { tracksOf } from '../support/receiver.ts'
import { files, sawNotice, spoolDirectory, states } from '../support/spool.ts'

const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))

const minute = 60_000

/** As if a child had been started so long ago, and had sent all there was. */
const childStarted = (ago: number): void => writeFileSync(files(place).lastStart, `${Date.now() - ago}\n`)

const waited = 'a child was started less than ten minutes ago'

/** Runs a program, and gives what `--debug-telemetry` says of its delivery. */
const debugOf = async (fixture: string, env: NodeJS.ProcessEnv = {}): Promise<string> => {
  const all = { RUDDER_URL: receiver.url, CQ_RUDDER_URL: receiver.url, CQ_RUDDER_WRITE_KEY: 'k', ...env }
  const { stderr } = await runFixture(fixture, place, { DELIVERY: 'detached', ...all }, ['--debug-telemetry'])
  return stderr
}

const arrived = async (count: number): Promise<void> => {
  const runs = () => tracksOf(receiver.requests).filter(({ event }) => event === 'run').length
  await expect.poll(runs, { timeout: 60_000 }).toBe(count)
}

describe('a run', () => {
  test.each([
    { name: 'that is the first of its installation', before: () => undefined },
    { name: 'ten minutes after the last child', before: () => childStarted(11 * minute) },
    { name: 'whose clock was set back', before: () => childStarted(-60 * minute) },
    {
      name: 'after 64 kB of others',
      before: () => {
        childStarted(minute)
        const name = { ...newName('0'.repeat(16), ['rudder'], 'jsonl'), kilobytes: 64 }
        mkdirSync(spoolDirectory(place))
        writeFileSync(join(spoolDirectory(place), formatName(name)), '')
      },
    },
    { name: 'that crashes', before: () => childStarted(minute), fixture: 'crash.mjs' },
    { name: 'in CI', before: () => childStarted(minute), env: { CI: 'true', DELIVERY: 'auto' } },
  ])('$name is sent at once', async ({ before, fixture = 'fetch.mjs', env = {} }) => {
    before()
    expect(await debugOf(fixture, env)).not.toContain(waited)
    await arrived(1)
  })

  test('soon after a child waits for a later run, whose child sends both', async () => {
    childStarted(9 * minute)
    expect(await debugOf('fetch.mjs')).toContain(waited)
    expect(existsSync(files(place).drainLock)).toBe(false)
    expect(states(place)).toEqual(['jsonl'])
    childStarted(11 * minute)
    await debugOf('fetch.mjs')
    await arrived(2)
  })

  test('that waits counts towards the 64 kB', async () => {
    childStarted(minute)
    let said = await debugOf('fetch.mjs')
    let runs = 1
    for (; said.includes(waited); runs++) said = await debugOf('fetch.mjs')
    expect(runs).toBeGreaterThan(3)
    expect(runs).toBeLessThan(30)
    await arrived(runs)
  })
})
