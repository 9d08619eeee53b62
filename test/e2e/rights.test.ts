import { lstatSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { usePlace } from '../support/place.ts'
import { run } from '../support/program.ts'
import { sawNotice } from '../support/spool.ts'

const place = usePlace()
const fixture = new URL('../fixtures/pseudonyms.mjs', import.meta.url).pathname

test('only the user can read or write our files, whatever the umask', async () => {
  sawNotice(place)
  const line = `umask 0; exec "${process.execPath}" "${fixture}"`
  await run('bash', ['-c', line], place, { RUDDER_URL: 'http://127.0.0.1:9', DELIVERY: 'manual' })
  const own = join(place.home, '.cq')
  const paths = readdirSync(own, { recursive: true, encoding: 'utf8' }).map((name) => join(own, name))
  expect(paths.map((path) => relative(own, path))).toEqual(
    expect.arrayContaining(['telemetry-random-id', 'telemetry/secret', 'telemetry/spool']),
  )
  for (const path of paths) {
    const stats = lstatSync(path)
    // The files in a directory that is closed are out of reach.
    expect(stats.mode & (stats.isDirectory() ? 0o022 : 0o077), path).toBe(0)
  }
})
