import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pathOf } from '../support/hosts.ts'
import { inspectLog, newPlace, run } from '../support/program.ts'

/** The same tools with the oldest, the newest and other releases of what an adapter is for. */

const root = new URL('../..', import.meta.url).pathname

/** Framework, its package, and the name under which a release of it is installed here. */
const releases: readonly (readonly [framework: string, name: string, release: string])[] = [
  ...['-8.0', '-8.3', '-9', '-10', '-11', '-12', '-13', ''].map(
    (each) => ['commander', 'commander', `commander${each}`] as const,
  ),
  ...['-17.0', '-17.7', ''].map((each) => ['yargs', 'yargs', `yargs${each}`] as const),
  ...['-0.1', ''].map((each) => ['citty', 'citty', `citty${each}`] as const),
  ['oclif', '@oclif/core', 'oclif-4.0'],
  ['oclif', '@oclif/core', '@oclif/core'],
  ...['-6.7', ''].map((each) => ['cac', 'cac', `cac${each}`] as const),
  ...['', '-4'].map((each) => ['clipanion', 'clipanion', `clipanion${each}`] as const),
  ['stricli', '@stricli/core', 'stricli-1.0'],
  ['stricli', '@stricli/core', '@stricli/core'],
]

/** A project with this release, and a copy of our package, which finds it there. */
const makeProject = (name: string, release: string): string => {
  const directory = mkdtempSync(join(tmpdir(), 'cq-release-'))
  const modules = join(directory, 'node_modules')
  mkdirSync(join(modules, dirname(name)), { recursive: true })
  symlinkSync(join(root, 'node_modules', release), join(modules, name))
  const files = ['dist', 'package.json']
  for (const file of files) cpSync(join(root, file), join(modules, 'cq-telemetry', file), { recursive: true })
  cpSync(join(root, 'test/fixtures/hosts'), join(directory, 'hosts'), { recursive: true })
  return directory
}

/** What is recorded of a run, in a home of its own. */
const record = async (script: string, args: readonly string[]) => {
  const place = newPlace()
  try {
    const ended = await run(process.execPath, [script, ...args, '--inspect-telemetry'], place)
    let events: string[] = []
    try {
      events = inspectLog(place)
        .filter(({ message }) => message === 'inspect analytics event')
        .map(({ event, data }) => {
          const { operation, error_type: error } = data['properties'] as Record<string, string | undefined>
          return [event, operation, error].filter((each) => each !== undefined).join(' ')
        })
    } catch {
      // Nothing was recorded.
    }
    return { ...ended, events }
  } finally {
    place.remove()
  }
}

const usage = (framework: string, kind: string): string =>
  framework === 'yargs' || framework === 'citty' ? 'UsageError' : kind

/** The exit codes of an unknown command and of an unknown option. */
const exits: Readonly<Record<string, readonly [number, number]>> = { oclif: [2, 2], stricli: [251, 252] }

describe.each(releases)('%s: %s as %s', (framework, name, release) => {
  let directory: string
  beforeAll(() => {
    directory = makeProject(name, release)
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  const tool = (...args: string[]) =>
    record(join(directory, 'hosts', framework === 'oclif' ? 'oclif/run.mjs' : `${framework}.mjs`), args)

  test('its commands are operations, and its mistakes usage errors', async () => {
    const [exit, exitOfOption] = exits[framework] ?? [1, 1]
    const path = pathOf(framework)
    // To stricli 1.0 an unknown option is an operand.
    const option = usage(framework, release === 'stricli-1.0' ? 'InvalidArgumentError' : 'UnknownOptionError')
    const rows = [
      [['build', 's3cret', '--key', 'k3y'], 0, ['fetch build', 'run']],
      [[...path, 'x.yml'], 0, [`operation ${path.join(' ')}`, 'run']],
      [['fail'], 1, ['crash fail TypeError', 'operation fail TypeError', 'run TypeError']],
      [['s3cret'], exit, [`run ${usage(framework, 'UnknownCommandError')}`]],
      ...(framework === 'citty'
        ? []
        : [
            [
              ['build', ...(release === 'stricli-1.0' ? ['x'] : []), '--s3cret'],
              exitOfOption,
              expect.arrayContaining([`run ${option}`]),
            ],
          ]),
    ] as const
    const ran = await Promise.all(rows.map(([args]) => tool(...(args as string[]))))
    expect(ran.map(({ code, events }) => [code, events])).toEqual(rows.map(([, code, events]) => [code, events]))
  })

  test('help is not recorded, and shows the flags, even for a command', async () => {
    const [help, below] = await Promise.all([tool('--help'), tool('build', '--help')])
    expect([help.events, below.events]).toEqual([[], []])
    for (const flag of ['--no-telemetry', '--inspect-telemetry']) expect(below.stdout + below.stderr).toContain(flag)
    expect(help.stdout + help.stderr).toMatch(/telemetry.*see and choose/s)
  })

  test('the added command runs, and is not recorded', async () => {
    const status = await tool('telemetry', 'status')
    expect(status).toMatchObject({ code: 0, stderr: '', events: [] })
    expect(status.stdout).toMatch(/^Telemetry is on/)
    expect((await tool('telemetry', 'nonsense')).code).toBe(2)
  })
})
