import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatName, newName } from '../../src/spool/name.ts'
import { keepBounds, maxHeldFiles } from '../../src/spool/room.ts'
import { usePlace } from '../support/place.ts'
import { runFixture } from '../support/program.ts'
import { files, spoolDirectory, spooled, states } from '../support/spool.ts'

const place = usePlace()
const generation = '0123456789abcdef'

const write = (state: 'held' | 'jsonl', at: number) => {
  const name = formatName(newName(generation, ['otlp'], state, at))
  mkdirSync(spoolDirectory(place), { recursive: true, mode: 0o700 })
  writeFileSync(join(spoolDirectory(place), name), '')
  return name
}

test('each run removes a few of a thousand held files, oldest first, until ten are left, and touches nothing else', () => {
  const times = Array.from({ length: 1_000 }, (_, index) => Date.now() - index * 60_000)
  const held = times.map((at) => write('held', at))
  const ready = write('jsonl', 0)
  writeFileSync(join(spoolDirectory(place), 'of-somebody-else.held'), '')
  const own = newName(generation, ['otlp'], 'held')
  const runs = () => keepBounds({ files: files(place), own, sends: false })
  runs()
  const left = readdirSync(spoolDirectory(place)).length
  expect(left).toBeLessThan(1_002)
  expect(left).toBeGreaterThan(950)
  for (let run = 0; run < 1_000; run++) runs()
  expect(readdirSync(spoolDirectory(place)).sort()).toEqual(
    [...held.slice(0, maxHeldFiles), ready, 'of-somebody-else.held'].sort(),
  )
})

test('runs before the notice is shown keep at most ten files', async () => {
  for (let run = 0; run < maxHeldFiles + 3; run++)
    await runFixture('fetch.mjs', place, { RUDDER_URL: 'http://127.0.0.1:9' })
  expect(states(place)).toEqual(Array.from({ length: maxHeldFiles }, () => 'held'))
  expect(new Set(spooled(place)).size).toBe(maxHeldFiles)
})
