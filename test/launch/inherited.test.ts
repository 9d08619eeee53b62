import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { troubles } from '../support/networks.ts'
import { usePlace } from '../support/place.ts'
import { run } from '../support/program.ts'
import { files, sawNotice } from '../support/spool.ts'

/** Nothing that a shell has opened stays open in the child, which outlives the command. */

const place = usePlace()
const fixture = new URL('../fixtures/fetch.mjs', import.meta.url).pathname

let silent: Awaited<ReturnType<(typeof troubles)['accepted and silent']>>
beforeEach(async () => {
  sawNotice(place)
  silent = await troubles['accepted and silent']()
})
afterEach(async () => {
  process.kill(childPid(), 'SIGKILL')
  await silent.close()
})

/** The child waits for the silent server, so it is alive when the command has ended. */
const childPid = (): number => Number(readFileSync(files(place).drainLock, 'utf8').split('-')[0])

const inShell = async (script: string) => {
  const path = join(place.cwd, 'script.sh')
  writeFileSync(path, script)
  const env = { RUDDER_URL: silent.url, DELIVERY: 'detached', NODE: process.execPath, FIXTURE: fixture }
  const untilChild = `while [ ! -s ${files(place).drainLock} ]; do sleep 0.02; done`
  const ended = await run('bash', ['-c', `${script}\n${untilChild}`], place, env)
  expect(existsSync(`/proc/${childPid()}`)).toBe(true)
  return ended
}

test('a lock on descriptor 200 is free once the command has ended', async () => {
  const { code } = await inShell(`
    exec 200> lock; flock -n 200 || exit 7
    "$NODE" "$FIXTURE" > out || exit 8
    exec 200>&-
    exec 201> lock; flock -n 201 || exit 9`)
  expect(code).toBe(0)
})

test('a pipe on descriptor 207 ends for its reader with the command', async () => {
  // `cat` ends when nobody holds the pipe any more; the shell waits for it.
  const { code, stdout } = await inShell('{ "$NODE" "$FIXTURE" > out; } 207>&1 | cat; echo the end')
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'the end\n' })
})
