import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { run, runFixture } from '../support/program.ts'
import { consentFile, deliverRest, sawNotice, spooled, telemetryDirectory } from '../support/spool.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { withinOneDay } from '../support/one-day.ts'

/** The command, over what real runs have left. */

withinOneDay()
const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))

const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const command = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  run(process.execPath, [main, ...args], place, env)
const json = async (...args: string[]) => {
  const { code, stdout } = await command([...args, '--json'])
  expect(code).toBe(0)
  return JSON.parse(stdout) as Record<string, unknown>
}
const manual = (name = 'fetch.mjs', more: NodeJS.ProcessEnv = {}) =>
  runFixture(name, place, {
    RUDDER_URL: receiver.url,
    CQ_RUDDER_URL: receiver.url,
    CQ_RUDDER_WRITE_KEY: 'the-write-key',
    DELIVERY: 'manual',
    ...more,
  })
const idFile = () => join(place.home, '.cq', 'telemetry-random-id')

describe('status', () => {
  test('says that a home has no telemetry, and writes nothing', async () => {
    place.remove()
    mkdirSync(place.home)
    mkdirSync(place.cwd)
    const { code, stdout } = await command(['status'])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^Telemetry is on \(default\)\n.*\nnotice +not shown yet: .*\nid +none \(.*telemetry-random-id\)\nwaiting +nothing\n$/,
    )
    expect(existsSync(join(place.home, '.cq'))).toBe(false)
  })

  test('shows what waits, with its crash reports, and the result of the last delivery', async () => {
    await manual()
    await manual('crash.mjs')
    expect(await json('status')).toMatchObject({ enabled: true, spool: { files: 2, crashes: 1 }, delivery: {} })
    expect((await command(['status'])).stdout).toMatch(/^waiting +2 files of \d+ kB, with 1 crash report \(/m)
    await deliverRest(place, receiver.url)
    expect(await json('status')).toMatchObject({
      spool: { files: 0, bytes: 0, crashes: 0 },
      delivery: { rudder: { last: 'delivered' } },
    })
    expect((await command(['status'])).stdout).toMatch(/^rudder +delivered \(today \d\d:\d\d\)$/m)
  })

  test.each<[string, readonly string[], NodeJS.ProcessEnv, (() => unknown)?]>([
    ['CQ_NO_TELEMETRY', [], { CQ_NO_TELEMETRY: '1' }],
    ['MY_NO_TELEMETRY', ['--env-prefix', 'MY'], { MY_NO_TELEMETRY: '1' }],
    ['DO_NOT_TRACK', [], { DO_NOT_TRACK: '1' }],
    ['npx cq-telemetry disable', [], {}, () => command(['disable'])],
    ['the consent file cannot be read', [], {}, () => writeFileSync(consentFile(place), 'garbage')],
  ])('names the rule that decided: %s', async (rule, args, env, prepare) => {
    await prepare?.()
    expect((await command([...args, 'status'], env)).stdout).toContain(`Telemetry is off (${rule}`)
  })
})

describe('id', () => {
  test('is the id of the runs, and a new one after a reset', async () => {
    expect((await command(['id'])).stdout).toMatch(/^There is no id/)
    await manual('fetch.mjs', { CI: '' })
    const { id } = await json('id')
    expect((await command(['id'])).stdout).toBe(`${String(id)}\n`)
    writeFileSync(join(telemetryDirectory(place), 'secret'), `${'0'.repeat(64)}\n`)
    expect(await json('id', '--reset')).toEqual({ id: null })
    expect(existsSync(idFile())).toBe(false)
    expect(existsSync(join(telemetryDirectory(place), 'secret'))).toBe(false)
    await manual('fetch.mjs', { CI: '' })
    expect((await json('id'))['id']).not.toBe(id)
  })
})

describe('spool', () => {
  test('is listed with the contents of each file, and cleared', async () => {
    expect((await command(['spool'])).stdout).toBe('Nothing waits.\n')
    await manual()
    const [file] = (await json('spool', 'list')) as unknown as Record<string, unknown>[]
    expect(file).toMatchObject({ state: 'ready', spans: 4, crashes: 0, destinations: ['rudder'] })
    expect((await command(['spool'])).stdout).toMatch(/^today \d\d:\d\d +ready +4 spans, [\d,]+ bytes/)
    expect((await command(['spool', 'clear'])).stdout).toBe('Deleted 1 file.\n')
    expect(spooled(place)).toEqual([])
  })
})

test('each command says what to do without a home', async () => {
  for (const args of [['status'], ['id'], ['spool'], ['spool', 'clear']]) {
    const { code, stderr } = await command(args, { HOME: join(place.home, 'missing') })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'cq-telemetry: there is no home directory of this user: set HOME to a directory of yours\n',
    })
  }
})
