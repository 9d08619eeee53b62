import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { plant, found, type Canary } from '../support/canaries.ts'
import { cloudquery, hostPlace, sendingTo, shippedPolicy } from '../support/cloudquery.ts'
import { troubles } from '../support/networks.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { type Place, runFixture } from '../support/program.ts'
import { type Receiver, startReceiver, tracksOf } from '../support/receiver.ts'
import { deliverRest, sawNotice, telemetryDirectory } from '../support/spool.ts'

/**
 * Several hundred secrets are planted wherever a user has some; everything that leaves, and everything that telemetry
 * leaves on the disk, is searched for each of them.
 */

const canaries = plant(360)
let postgres: Postgres
let receiver: Receiver
let place: Place
beforeAll(async () => {
  ;[postgres, receiver] = await Promise.all([startPostgres(), startReceiver()])
  place = hostPlace()
  sawNotice(place)
})
afterAll(async () => {
  await Promise.all([postgres.stop(), receiver.close()])
  place.remove()
})

/** Every file that telemetry has in the home, with its name. */
const onDisk = (directory = join(place.home, '.cq')): string =>
  existsSync(directory)
    ? readdirSync(directory, { recursive: true, encoding: 'utf8' })
        .map((name) => [name, join(directory, name)] as const)
        .map(([name, path]) => (statSync(path).isFile() ? `${name}\n${readFileSync(path, 'utf8')}` : name))
        .join('\n')
    : ''

/** What arrived, but for the headers of the endpoint's own key, which are meant for it. */
const sent = (): string =>
  receiver.requests
    .map(({ path, headers, body }) => JSON.stringify({ path, headers: { ...headers, 'x-key': '' }, body }))
    .join('\n')

const put = (name: string, text: string): string => {
  const path = join(place.cwd, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}
const at = (index: number): Canary => canaries[index % canaries.length] as Canary
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(canaries.slice(0, 120).map(({ text, mark }) => [`SECRET_${mark}`, text.replaceAll('\0', '')]))

describe('the reference host, with secrets in its arguments, environment, configuration, names, errors and directories', () => {
  test('sends none of them', async () => {
    const config = put(
      `${at(1).mark}/cloudquery.yml`,
      `providers: [postgres, host]\n# ${canaries.map(({ mark }) => mark).join(' ')}\n`,
    )
    const policy = put(
      `${at(2).mark}.yml`,
      `name: ${at(3).mark}\nchecks:\n  - name: ${at(4).mark}\n    title: ${at(5).mark}\n    query: select ${at(6).mark} from ${at(7).mark}\n`,
    )
    await postgres.query(
      `CREATE ROLE ${at(8).mark} LOGIN PASSWORD '${at(9).mark}'; CREATE TABLE ${at(10).mark} (${at(11).mark} text)`,
    )
    const env = { ...sendingTo(receiver), ...environment() }
    const dsn = postgres.dsn()
    const own = postgres.dsn({ role: at(8).mark, password: at(9).mark })
    await cloudquery(
      place,
      ['fetch', '--config', config, '--dsn', dsn, '--data-dir', join(place.cwd, at(12).mark)],
      env,
    )
    await cloudquery(place, ['fetch', '--dsn', own], env)
    await cloudquery(place, ['fetch', at(13).text, '--dsn', dsn], env)
    await cloudquery(place, ['policy', 'run', policy, '--dsn', dsn, '--only', at(4).mark], env)
    await cloudquery(place, ['policy', 'run', shippedPolicy, '--only', at(14).text, '--dsn', dsn], env)
    await cloudquery(place, [at(15).text, '--', ...canaries.slice(20, 60).map(({ text }) => text)], env)
    await cloudquery(
      place,
      ['fetch', '--dsn', `postgres://${at(16).mark}:${at(17).mark}@127.0.0.1:9/${at(18).mark}`],
      env,
    )
    await cloudquery(place, ['fetch', '--dsn', dsn, '--inspect-telemetry'], env)
    await deliverRest(place, receiver.url)
    expect(tracksOf(receiver.requests).length).toBeGreaterThan(10)
    expect(found(canaries, sent())).toEqual([])
    expect(found(canaries, onDisk())).toEqual([])
    expect(found(canaries, readFileSync(join(place.cwd, 'cloudquery.log'), 'utf8'))).toEqual([])
  })
})

describe('a careless host that hands secrets to every call', () => {
  beforeAll(() => {
    put('canaries.json', JSON.stringify(canaries))
    receiver.requests.length = 0
  })
  const host = (env: NodeJS.ProcessEnv, args: readonly string[] = []) =>
    runFixture('canaries.mjs', place, { RUDDER_URL: receiver.url, CQ_DEBUG_TELEMETRY: '1', ...env }, args)

  test('writes none into the spool, its marks or the debug output', async () => {
    const ended = await host({ DELIVERY: 'manual', MODE: 'kill' })
    expect(ended.signal).toBe('SIGKILL')
    const left = onDisk()
    expect(left).toMatch(/\.marks\b/)
    expect(found(canaries, left)).toEqual([])
    expect(found(canaries, ended.stderr)).toEqual([])
  })

  test('sends none to either destination, and its child prints none under debug', async () => {
    await deliverRest(place, receiver.url)
    const ended = await host({ DELIVERY: 'inline' })
    await deliverRest(place, receiver.url)
    expect(tracksOf(receiver.requests).filter(({ event }) => event === 'crash').length).toBeGreaterThan(0)
    expect(tracksOf(receiver.requests).length).toBeGreaterThan(canaries.length)
    expect(found(canaries, sent())).toEqual([])
    expect(found(canaries, ended.stderr)).toEqual([])
    expect(ended.stderr).not.toContain('the-write-key')
  })

  test('shows none of them when it is inspected', async () => {
    const ended = await host({}, ['--inspect-telemetry'])
    expect(found(canaries, ended.stderr)).toEqual([])
    expect(found(canaries, readFileSync(join(place.cwd, 'cloudquery.log'), 'utf8'))).toEqual([])
  })

  test('has none in the arguments or the environment of its child', async () => {
    const silent = await troubles['accepted and silent']()
    await host({ DELIVERY: 'detached', RUDDER_URL: silent.url, ...environment() })
    const lock = join(telemetryDirectory(place), 'draining')
    await vi.waitUntil(() => existsSync(lock), 60_000)
    const pid = Number(readFileSync(lock, 'utf8').split('-')[0])
    const visible = readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8')
    process.kill(pid, 'SIGKILL')
    await silent.close()
    expect(visible).toContain('CQ_TELEMETRY_CHILD')
    expect(found(canaries, visible)).toEqual([])
    expect(visible).not.toContain('the-write-key')
  })
})

describe('the search itself', () => {
  test('finds each canary, plain and encoded', () => {
    const texts = canaries.map(({ text }) => text).join('\n')
    for (const encoded of [
      texts,
      JSON.stringify(texts),
      encodeURIComponent(texts),
      Buffer.from(texts).toString('base64'),
      Buffer.from(texts).toString('hex'),
    ]) {
      // What is base64 already is not looked for in base64 of that.
      const plain = canaries.filter(({ text, mark }) => encoded === texts || text.toLowerCase().includes(mark))
      expect(found(plain, encoded)).toHaveLength(plain.length)
    }
  })
})
