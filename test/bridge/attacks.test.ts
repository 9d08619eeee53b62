import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { attacks, honestRequest } from '../support/attacks.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { type Running, start } from '../support/program.ts'

/** The bridge as a real process, attacked through real sockets by one that has its address. */

const place = usePlace()
const rudder = useReceiver()
let bridge: Running

afterEach(() => bridge?.kill('SIGKILL'))

const begin = async (): Promise<URL> => {
  const key = join(place.home, 'key')
  writeFileSync(key, 'the-write-key\n')
  const args = ['bridge', '--listen', '127.0.0.1:0', '--rudder-url', rudder.url, '--write-key-file', key]
  bridge = start(process.execPath, [new URL('../../dist/command/main.js', import.meta.url).pathname, ...args], place)
  return new URL((await bridge.matches(/listening on (\S+)/))[1] as string)
}

/** A collector tries again after 429 and a broken connection, until it is told that its spans are taken. */
const honest = async (url: URL): Promise<void> => {
  for (let status = 0; status !== 200; await sleep(100)) {
    status = await honestRequest(url)
    expect([0, 200, 429, 503]).toContain(status)
  }
}

/** Memory of a process at its highest, in MB; Linux alone says it. */
const peakMb = (pid: number): number =>
  process.platform === 'linux'
    ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
    : 0

test.each(attacks)('honest spans are accepted during the attack $name, in less than 256 MB', async ({ prepare }) => {
  const attack = prepare()
  const url = await begin()
  const over = new AbortController()
  const attacking = attack({ url, signal: over.signal })
  await honest(url)
  const ended = attacking.then(() => true)
  await Promise.race([ended, sleep(10_000)])
  await honest(url)
  expect(peakMb(bridge.pid)).toBeLessThan(256)
  over.abort()
  await attacking
  await honest(url)
  bridge.kill('SIGTERM')
  expect((await bridge.ended).code).toBe(0)
})
