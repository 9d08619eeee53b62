import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { keepNotice } from '../../src/policy/consent-file.ts'
import { type Ended, newPlace, type Place, run, type Running, start } from './program.ts'
import type { Receiver } from './receiver.ts'

/** The reference host, as its users run it. */
const cli = new URL('../../examples/cloudquery/bin/cloudquery.js', import.meta.url).pathname
const child = new URL('../../dist/deliver/main.js', import.meta.url).pathname
export const shippedPolicy = new URL('../../examples/cloudquery/policies/postgres-basics.yml', import.meta.url).pathname

export const cloudquery = (place: Place, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  run(process.execPath, [cli, ...args], place, env)

export const startCloudquery = (place: Place, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running =>
  start(process.execPath, [cli, ...args], place, env)

/** A place into which the account of the embedded server can look. */
export const hostPlace = (): Place => {
  const place = newPlace()
  for (const directory of [place.home, place.cwd]) chmodSync(directory, 0o711)
  return place
}

const telemetryDirectory = (place: Place): string => join(place.home, '.cq', 'telemetry')

/** As if an earlier run had shown the notice on a terminal. */
export const sawNotice = (place: Place): void => keepNotice(join(telemetryDirectory(place), 'consent.json'), new Date())

export const sendingTo = ({ url }: Receiver): NodeJS.ProcessEnv => ({
  CQ_OTLP_ENDPOINT: url,
  CQ_RUDDER_URL: url,
  CQ_RUDDER_WRITE_KEY: 'the-write-key',
})

/** Runs the real child without the command's half second: on a loaded machine that may not be enough. */
export const deliverRest = async (place: Place, { url }: Receiver): Promise<void> => {
  const job = {
    spool: join(telemetryDirectory(place), 'spool'),
    consent: join(telemetryDirectory(place), 'consent.json'),
    rudder: { writeKey: 'the-write-key', dataPlaneUrl: url },
    otlp: { url: `${url}/v1/traces`, headers: {} },
    deadline: Date.now() + 20_000,
    debug: false,
  }
  const running = spawn(process.execPath, [child], { stdio: ['pipe', 'ignore', 'inherit'] })
  running.stdin.end(JSON.stringify(job))
  await once(running, 'close')
}
