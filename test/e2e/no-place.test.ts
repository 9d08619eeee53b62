import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Ended, run } from '../support/program.ts'
import { tracksOf } from '../support/receiver.ts'
import { sawNotice, spooled, states, telemetryDirectory } from '../support/spool.ts'
import { withTool } from '../support/tools.ts'
import { usePlace, useReceiver } from '../support/place.ts'

/** Disks that refuse. The command does not notice; where there is no place to write, one awaited try is made. */

const place = usePlace()
const receiver = useReceiver()

const fixture = new URL('../fixtures/fetch.mjs', import.meta.url).pathname
const env = (): NodeJS.ProcessEnv => ({ RUDDER_URL: receiver.url, CI: 'true' })
const command = (more: NodeJS.ProcessEnv = {}) => run(process.execPath, [fixture], place, { ...env(), ...more })

const expectUnnoticed = ({ code, signal, stdout, stderr }: Ended) => {
  expect({ code, signal, stdout }).toEqual({ code: 0, signal: null, stdout: 'enabled true\n' })
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(stderr).toMatch(/^Anonymous telemetry/)
}

const expectSentOnce = () =>
  expect(
    tracksOf(receiver.requests).map(({ event, properties }) => [event, properties['random_id_persisted']]),
  ).toEqual([
    ['fetch', false],
    ['run', false],
  ])

const writable = (path: string) => {
  mkdirSync(path)
  chmodSync(path, 0o777)
}
const others = (path: string) => {
  mkdirSync(path, { mode: 0o700 })
  chownSync(path, 12_345, 12_345)
}

describe('without a place to write', () => {
  test.each<[string, () => NodeJS.ProcessEnv]>([
    ['no home', () => ({ HOME: join(place.home, 'missing') })],
    ['an empty name of the home', () => ({ HOME: '' })],
    ['a home in which no directory can be made', () => ({ HOME: '/proc' })],
    ['a home that is a file', () => ({ HOME: join(place.cwd, 'file') })],
    ["another's home", () => ({ HOME: join(place.home, 'other') })],
    ['a directory of the tool that is a file', () => ({ HOME: join(place.home, 'taken') })],
  ])('%s: the run is sent by one awaited try', async (_, home) => {
    writeFileSync(join(place.cwd, 'file'), '')
    mkdirSync(join(place.home, 'other'))
    chownSync(join(place.home, 'other'), 12_345, 12_345)
    mkdirSync(join(place.home, 'taken'))
    writeFileSync(join(place.home, 'taken/.cq'), '')
    expectUnnoticed(await command(home()))
    expectSentOnce()
  })

  test.each<[string, () => void]>([
    ['is a link', () => symlinkSync(place.cwd, join(telemetryDirectory(place), 'spool'))],
    ['may be written to by others', () => writable(join(telemetryDirectory(place), 'spool'))],
    ['belongs to another user', () => others(join(telemetryDirectory(place), 'spool'))],
  ])('a spool that %s is not used', async (_, prepare) => {
    sawNotice(place)
    prepare()
    const { code, stdout } = await command()
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'enabled true\n' })
    expect(spooled(place)).toEqual([])
    expectSentOnce()
  })
})

withTool('strace', describe)('a system call that fails', () => {
  const failing = (inject: string, more: NodeJS.ProcessEnv = {}) =>
    run('strace', ['-f', '-qq', '-o', '/dev/null', '-e', `inject=${inject}`, process.execPath, fixture], place, {
      ...env(),
      ...more,
    })

  test.each([
    ['the disk is full', 'pwrite64:error=ENOSPC'],
    ['the disk is full in the middle', 'pwrite64:error=ENOSPC:when=2+'],
    ['the quota is used up', 'pwrite64:error=EDQUOT'],
    ['the disk is read-only', 'mkdir:error=EROFS'],
    ['there is no permission', 'mkdir:error=EACCES'],
    ['renaming fails', 'rename:error=EIO'],
    ['linking is not supported', 'link:error=EPERM'],
  ])('%s: the command does not notice, and the run is sent', async (_, inject) => {
    sawNotice(place)
    const { code, signal, stdout, stderr } = await failing(inject)
    expect({ code, signal, stdout, stderr }).toEqual({ code: 0, signal: null, stdout: 'enabled true\n', stderr: '' })
    rmSync(join(place.home, '.cq'), { recursive: true, force: true })
    expect(new Set(tracksOf(receiver.requests).map(({ messageId }) => messageId)).size).toBeLessThanOrEqual(2)
  })
})

test.each([20, 22, 24, 26, 28, 32])('with %i descriptors at most the command does not notice', async (limit) => {
  sawNotice(place)
  const line = `ulimit -n ${limit}; exec "${process.execPath}" "${fixture}"`
  const { code, stdout, stderr } = await run('bash', ['-c', line], place, { ...env(), CQ_NO_TELEMETRY: '' })
  const without = await run('bash', ['-c', line], place, { ...env(), CQ_NO_TELEMETRY: '1' })
  expect({ code, stderr }).toEqual({ code: without.code, stderr: without.stderr })
  if (without.code === 0) expect(stdout).toBe('enabled true\n')
})

test("a run stays spooled if the child's file is missing", async () => {
  sawNotice(place)
  const { code, stderr } = await command({ CHILD: join(place.cwd, 'missing.js'), CQ_DEBUG_TELEMETRY: '1' })
  expect(code).toBe(0)
  expect(stderr).toContain('(option "child")')
  expect(states(place)).toEqual(['jsonl'])
})
