import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { machineDirectory, machineFiles, offFile } from '../../src/consent/off-files.ts'
import { useDirectory, usePlace } from '../support/place.ts'
import { readChoice } from '../../src/consent/choice.ts'
import { run } from '../support/program.ts'
import { consentFile } from '../support/spool.ts'

/** Files by which a project or a machine switches telemetry off. */

let machine: string
useDirectory((path) => (machine = path))
const place = usePlace()
const inProject = (...path: string[]): string => join(place.cwd, ...path)
const put = (path: string): void => writeFileSync(path, '')

describe('a file of the machine', () => {
  test.each([
    ['off', 'mytool', true],
    ['mytool.off', 'mytool', true],
    ['other.off', 'mytool', false],
    ['mytool', 'mytool', false],
    ['on', 'mytool', false],
  ])('%s is for %s: %s', (name, tool, expected) => {
    put(join(machine, name))
    expect(offFile(tool, place.cwd, machine)?.path).toBe(expected ? join(machine, name) : undefined)
  })

  test("takes precedence over a project's file, and is in the system's directory for settings", () => {
    put(join(machine, 'off'))
    put(inProject('.no-telemetry'))
    expect(offFile('mytool', place.cwd, machine)?.rule).toBe(`the file ${join(machine, 'off')}`)
    if (process.platform === 'linux') expect(machineFiles('mytool')).toContain('/etc/cq-telemetry/mytool.off')
  })
})

describe('a file of the project', () => {
  test.each([['.'], ['packages'], ['packages/a/src/deep/in/it'], ['d/'.repeat(40)]])(
    'applies to %s below it',
    (below) => {
      mkdirSync(inProject(below), { recursive: true })
      put(inProject('.no-telemetry'))
      expect(offFile('mytool', inProject(below), machine)).toEqual({
        path: inProject('.no-telemetry'),
        rule: 'a file .no-telemetry of the project',
      })
    },
  )

  test('does not apply to directories beside it', () => {
    for (const name of ['a', 'b']) mkdirSync(inProject(name))
    put(inProject('a/.no-telemetry'))
    expect(offFile('mytool', inProject('b'), machine)).toBeUndefined()
  })

  test('applies if it cannot be checked for', () => {
    expect(offFile('mytool', undefined, machine)).toEqual({ rule: 'the working directory was deleted' })
  })

  test.each([[[]], [['--tool', 'mytool']]])('is named by status %j', async (args) => {
    put(inProject('.no-telemetry'))
    const main = new URL('../../dist/command/main.js', import.meta.url).pathname
    const { stdout } = await run(process.execPath, [main, 'status', ...args], place)
    expect(stdout).toMatch(/^Telemetry is off \(the file .*\/\.no-telemetry\)/)
  })
})

describe.each([
  ['a file of the machine', () => join(machine, 'mytool.off'), () => `the file ${join(machine, 'mytool.off')}`],
  ['a file of the project', () => inProject('.no-telemetry'), () => 'a file .no-telemetry of the project'],
])('%s', (_, path, rule) => {
  test.each<[string, (path: string) => void]>([
    ['empty', put],
    ['that says yes', (at) => writeFileSync(at, 'telemetry: true\n')],
    ['of a hundred megabytes', (at) => (put(at), truncateSync(at, 100_000_000))],
    ['that nobody may read', (at) => writeFileSync(at, '', { mode: 0o000 })],
    ['that is a directory', (at) => mkdirSync(at)],
    ['that is a FIFO', (at) => execFileSync('mkfifo', [at])],
    ['that is a link to a file', (at) => symlinkSync('/etc/hosts', at)],
    ['that is a link to nowhere', (at) => symlinkSync('/nowhere/at/all', at)],
    ['that is a link to itself', (at) => symlinkSync(at, at)],
  ])('%s is a no', (_, make) => {
    make(path())
    expect(offFile('mytool', place.cwd, machine)).toEqual({ path: path(), rule: rule() })
  })
})

describe('where a file cannot be looked for', () => {
  const tooLong = `/${'d'.repeat(300)}`
  test.each<[string, () => Parameters<typeof offFile>, string]>([
    ['of the machine', () => ['mytool', place.cwd, tooLong], `the file ${tooLong}/off cannot be looked for`],
    ['of the project', () => ['mytool', tooLong, machine], 'a file .no-telemetry of the project cannot be looked for'],
  ])('one %s may be a no', (_, args, rule) => {
    expect(offFile(...args())).toEqual({ rule })
  })

  test('a file in the place of the directory of the machine is none', () => {
    put(join(machine, 'file'))
    expect(offFile('mytool', place.cwd, join(machine, 'file'))).toBeUndefined()
  })

  // Only root can become another user.
  test.runIf(process.getuid?.() === 0)('a directory of the machine that only root can look into may hold a no', () => {
    chmodSync(machine, 0o700)
    process.seteuid?.(65_534)
    try {
      expect(offFile('mytool', '/', machine)?.rule).toMatch(/off cannot be looked for$/)
    } finally {
      process.seteuid?.(0)
    }
  })
})

test.each<[NodeJS.Platform, Record<string, string>, string]>([
  ['linux', { ProgramData: 'D:\\Data' }, '/etc/cq-telemetry'],
  ['freebsd', {}, '/etc/cq-telemetry'],
  ['darwin', {}, '/Library/Application Support/cq-telemetry'],
  ['win32', {}, 'C:\\ProgramData\\cq-telemetry'],
  ['win32', { ProgramData: 'D:\\Data' }, 'D:\\Data\\cq-telemetry'],
  ['win32', { ProgramData: '' }, 'C:\\ProgramData\\cq-telemetry'],
  ['win32', { ProgramData: 'Data' }, 'C:\\ProgramData\\cq-telemetry'],
])('the directory of the machine on %s with %j is %s', (platform, env, expected) => {
  expect(machineDirectory(platform, env)).toBe(expected)
})

describe('in a working directory that was deleted', () => {
  const main = new URL('../../dist/command/main.js', import.meta.url).pathname
  const fetchTool = new URL('../fixtures/fetch.mjs', import.meta.url).pathname
  const inDeleted = (args: readonly string[]) =>
    run('/bin/sh', ['-c', 'mkdir gone && cd gone && rmdir "$PWD" && exec "$0" "$@"', process.execPath, ...args], place)

  test('a run records nothing, for the same reason as in the status', async () => {
    const rule = 'the working directory was deleted'
    const tool = await inDeleted([fetchTool, '--debug-telemetry'])
    expect([tool.code, tool.stderr]).toEqual([0, expect.stringContaining(`telemetry is off (${rule})`)])
    expect((await inDeleted([main, 'status'])).stdout).toContain(`Telemetry is off (${rule})`)
  })

  test.each([
    ['disable', 'disabled'],
    ['enable', 'enabled'],
  ])('%s keeps the choice', async (command, kind) => {
    expect(await inDeleted([main, command])).toMatchObject({ code: 0, stderr: '' })
    expect(readChoice(consentFile(place)).kind).toBe(kind)
  })

  test.each([['doctor'], ['id'], ['spool'], ['view', '--spool']])('%s %s works', async (...args) => {
    expect((await inDeleted([main, ...args])).stderr).not.toContain('ENOENT')
  })
})
