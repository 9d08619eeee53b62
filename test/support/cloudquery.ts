import { chmodSync } from 'node:fs'
import { type Ended, newPlace, type Place, run, type Running, start } from './program.ts'
import type { Receiver } from './receiver.ts'

/** The reference host, as its users run it. */
export const cli = new URL('../../examples/cloudquery/bin/cloudquery.js', import.meta.url).pathname
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

export const sendingTo = ({ url }: Receiver): NodeJS.ProcessEnv => ({
  CQ_OTLP_ENDPOINT: url,
  CQ_RUDDER_URL: url,
  CQ_RUDDER_WRITE_KEY: 'the-write-key',
})
