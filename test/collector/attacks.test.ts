import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configDirectory } from '../../src/collector/paths.ts'
import { attacks, honestRequest } from '../support/attacks.ts'
import { type Collector, collectorKey, freePort, startCollector } from '../support/collector.ts'
import { newPlace, type Place, type Running, start } from '../support/program.ts'

/** The public ingress behind nginx, as docs/collector.md describes it, attacked by one that has the publisher's key. */

let place: Place
const headers = { authorization: `Bearer ${collectorKey}` }
let collector: Collector
let nginx: Running
let url: URL
let peak = 0

const answers = async (): Promise<boolean> => (await fetch(new URL('/', url)).catch(() => undefined)) !== undefined

beforeAll(async () => {
  place = newPlace()
  collector = await startCollector('all-in-one', ['proxy'])
  const port = await freePort()
  url = new URL(`http://127.0.0.1:${port}/v1/traces`)
  const config = readFileSync(join(configDirectory, 'nginx.conf'), 'utf8')
    .replace('127.0.0.1:4318', new URL(collector.url).host)
    .replace('0.0.0.0:8080', url.host)
    // All attackers of this test have one address, and so has the honest client.
    .replace('limit_conn client 16;', '')
  writeFileSync(join(place.home, 'nginx.conf'), config)
  nginx = start('nginx', ['-p', place.home, '-c', join(place.home, 'nginx.conf'), '-g', 'daemon off;'], place, {
    PATH: `${process.env['PATH']}:/usr/sbin`,
  })
  const failed = nginx.ended.then(({ stderr }) => Promise.reject(new Error(`nginx ended: ${stderr}`)))
  failed.catch(() => undefined)
  while (!(await Promise.race([answers(), failed]))) await sleep(50)
}, 1_200_000)
afterAll(async () => {
  nginx.kill('SIGTERM')
  await collector.stop()
  console.log(`the collector's memory at its highest: ${peak.toFixed(0)} MB`)
  place.remove()
})

const honest = async (): Promise<void> => {
  while ((await honestRequest(url, headers)) !== 200) await sleep(100)
}

const peakMb = (pid: number): number =>
  process.platform === 'linux'
    ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
    : 0

test.each(attacks)('honest spans are accepted during the attack $name, in less than 512 MiB', async ({ prepare }) => {
  const attack = prepare()
  const over = new AbortController()
  const attacking = attack({ url, signal: over.signal, headers })
  await honest()
  await Promise.race([attacking, sleep(10_000)])
  peak = peakMb(collector.pid)
  expect(peak).toBeLessThan(512)
  over.abort()
  await attacking
  await honest()
})
