import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeRoomForHeld, maxHeldFiles } from '../../src/spool/held.ts'
import { formatName, newName } from '../../src/spool/name.ts'
import { usePlace } from '../support/place.ts'
import { runFixture } from '../support/program.ts'
import { spoolDirectory, spooled, states } from '../support/spool.ts'

const place = usePlace()
const generation = '0123456789abcdef'

const write = (state: 'held' | 'jsonl', at: number) => {
  const name = formatName(newName(generation, ['otlp'], state, at))
  mkdirSync(spoolDirectory(place), { recursive: true, mode: 0o700 })
  writeFileSync(join(spoolDirectory(place), name), '')
  return name
}

test('of a thousand held files the newest nine are left, and the next run makes ten; nothing else is touched', () => {
  const times = Array.from({ length: 1_000 }, (_, index) => Date.now() - index * 60_000)
  const held = times.map((at) => write('held', at))
  const ready = write('jsonl', 0)
  writeFileSync(join(spoolDirectory(place), 'of-somebody-else.held'), '')
  makeRoomForHeld(spoolDirectory(place))
  const left = [...held.slice(0, maxHeldFiles - 1), ready, 'of-somebody-else.held']
  expect(readdirSync(spoolDirectory(place)).sort()).toEqual(left.sort())
})

test('runs that nobody has shown the notice keep no more than ten files', async () => {
  for (let run = 0; run < maxHeldFiles + 3; run++)
    await runFixture('fetch.mjs', place, { RUDDER_URL: 'http://127.0.0.1:9' })
  expect(states(place)).toEqual(Array.from({ length: maxHeldFiles }, () => 'held'))
  expect(new Set(spooled(place)).size).toBe(maxHeldFiles)
})
