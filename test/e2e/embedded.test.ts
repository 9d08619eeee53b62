import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { cli, cloudquery, hostPlace, startCloudquery } from '../support/cloudquery.ts'
import { type Place, run } from '../support/program.ts'

/** The reference host's own PostgreSQL ends with the command, however that ends. */

let place: Place
beforeEach(() => {
  place = hostPlace()
})
afterEach(() => place.remove())

const data = (): string => join(place.cwd, '.cq/postgres')
const expectStopped = () => {
  expect(existsSync(join(data(), 'PG_VERSION'))).toBe(true)
  expect(existsSync(join(data(), 'postmaster.pid'))).toBe(false)
}

test('by itself', async () => {
  expect((await cloudquery(place, ['fetch', 'host'])).code).toBe(0)
  expectStopped()
})

test('by Ctrl-C', async () => {
  const running = startCloudquery(place, ['fetch'])
  // From here on it is set up, started, and only then of use.
  await vi.waitUntil(() => existsSync(data()), 60_000)
  running.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 130, stderr: expect.stringContaining('Cancelled.') as string })
  expectStopped()
})

test('because its reader closed its output', async () => {
  const line = 'set -o pipefail; "$0" "$@" 2>&1 | true'
  expect((await run('bash', ['-c', line, process.execPath, cli, 'fetch'], place)).code).toBe(141)
  expectStopped()
})
