import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { forms, type Framework, frameworks, type Host, makeHost, pathOf } from '../support/hosts.ts'
import { inspectLog, run } from '../support/program.ts'
import { startReceiver, spansOf } from '../support/receiver.ts'
import { sawNotice, spooled } from '../support/spool.ts'
import { usePlace } from '../support/place.ts'

/** Tools of each framework, with nothing of ours but one line, in the forms in which tools are published. */

const place = usePlace()

const events = () =>
  inspectLog(place)
    .filter(({ message }) => message === 'inspect analytics event')
    .map(({ event, data }) => {
      const {
        operation,
        error_type: error,
        error_class: errorClass,
      } = data['properties'] as Record<string, string | undefined>
      return [event, operation, error, errorClass].filter((each) => each !== undefined).join(' ')
    })

const root = new URL('../..', import.meta.url).pathname

/** What each framework says of a mistake in how it was called: its own codes, or that it was one. */
interface Mistake {
  readonly command: string
  readonly option: string
  /** The exit codes of both. */
  readonly exit: readonly [number, number]
  /** What is recorded before the run, where the tool itself finds that there is no such command. */
  readonly inside?: readonly string[]
}
const mistakes: Record<Framework, Mistake> = {
  commander: { command: 'UnknownCommandError', option: 'UnknownOptionError', exit: [1, 1] },
  yargs: { command: 'UsageError', option: 'UsageError', exit: [1, 1] },
  citty: { command: 'UsageError', option: '', exit: [1, 1] },
  oclif: { command: 'UnknownCommandError', option: 'UnknownOptionError', exit: [2, 2] },
  cac: { command: 'UnknownCommandError', option: 'UnknownOptionError', exit: [1, 1] },
  clipanion: { command: 'UnknownCommandError', option: 'UnknownOptionError', exit: [1, 1] },
  stricli: { command: 'UnknownCommandError', option: 'UnknownOptionError', exit: [251, 252] },
  main: {
    command: 'UsageError',
    option: 'ERR_PARSE_ARGS_UNKNOWN_OPTION',
    exit: [1, 1],
    inside: ['operation cloudquery UsageError user'],
  },
}

describe.each(forms)('as %s', (form) => {
  describe.each(frameworks)('%s', (framework) => {
    const mistake = mistakes[framework]
    let host: Host
    beforeAll(async () => {
      host = await makeHost(framework, form)
    })
    afterAll(() => host.remove())
    const tool = (...args: string[]) => run(process.execPath, [host.script, ...args], place)
    const inspected = async (...args: string[]) => {
      const ended = await tool(...args, '--inspect-telemetry')
      return { ...ended, events: events() }
    }

    test('a command is an operation with the provider below it, without its arguments', async () => {
      const { code, stdout, events } = await inspected('build', 's3cret-target', '--key', 'k3y')
      expect({ code, stdout, events }).toEqual({ code: 0, stdout: 'built\n', events: ['fetch build', 'run'] })
      expect(JSON.stringify(inspectLog(place))).not.toMatch(/s3cret|k3y/)
    })

    test('a nested command is named by its path', async () => {
      const path = pathOf(framework)
      const { code, events } = await inspected(...path, '/home/me/policy.yml')
      expect({ code, events }).toEqual({ code: 0, events: [`operation ${path.join(' ')}`, 'run'] })
      expect(JSON.stringify(inspectLog(place))).not.toContain('/home/me')
    })

    test("an error of a command is recorded by its class, and the framework's message is unchanged", async () => {
      const { code, stdout, stderr, events } = await inspected('fail')
      expect(code).toBe(1)
      expect(stdout + stderr).toContain('hunter2')
      expect(events).toEqual([
        'crash fail TypeError internal',
        'operation fail TypeError internal',
        'run TypeError internal',
      ])
      expect(JSON.stringify(inspectLog(place))).not.toContain('hunter2')
    })

    test('an exit code is unchanged and recorded', async () => {
      const { code } = await inspected('leave')
      expect(code).toBe(3)
      expect(inspectLog(place).at(-1)?.data['properties']).toMatchObject({ exit_code: 3, success: false })
      expect(events().some((event) => event.startsWith('crash'))).toBe(false)
    })

    test('an unknown command is recorded as a usage error, without its name', async () => {
      const { code, events } = await inspected('s3cret')
      expect({ code, events }).toEqual({
        code: mistake.exit[0],
        events: [...(mistake.inside ?? []), `run ${mistake.command} user`],
      })
      expect(JSON.stringify(inspectLog(place))).not.toContain('s3cret')
    })

    test('an unknown option is recorded as a usage error, without its name', async () => {
      const { code, events } = await inspected('build', '--s3cret=1')
      // citty takes any option.
      if (framework === 'citty') return expect({ code, events }).toEqual({ code: 0, events: ['fetch build', 'run'] })
      expect({ code, last: events.at(-1) }).toEqual({ code: mistake.exit[1], last: `run ${mistake.option} user` })
      expect(JSON.stringify(inspectLog(place))).not.toContain('s3cret')
    })

    test('--no-telemetry records nothing, and is accepted', async () => {
      const { code, stdout } = await tool('build', '--no-telemetry')
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'built\n' })
      expect(existsSync(join(place.home, '.cq'))).toBe(false)
    })

    test('help shows the flags and the command', async () => {
      const { code, stdout } = await tool(...(framework === 'oclif' ? ['build', '--help'] : ['--help']))
      expect(code).toBe(0)
      for (const flag of ['--no-telemetry', '--inspect-telemetry', '--debug-telemetry']) expect(stdout).toContain(flag)
      expect((await tool('--help')).stdout).toMatch(/telemetry.*see and choose/s)
    })

    test('the telemetry commands exist, know the tool, and are not recorded', async () => {
      const status = await tool('telemetry', 'status', '--json')
      expect(status.stderr).toBe('')
      expect(JSON.parse(status.stdout)).toMatchObject({ enabled: true, spool: { files: 0 } })
      expect(existsSync(join(place.home, '.cq'))).toBe(false)
      expect((await tool('telemetry', 'disable')).stdout).toMatch(/^Telemetry is off/)
      expect((await tool('telemetry', 'status')).stdout).toMatch(/^Telemetry is off \(cloudquery telemetry disable\)/)
      expect((await tool('telemetry', 'nonsense')).code).toBe(2)
    })

    test("the tool's own flush sends what was recorded", async () => {
      sawNotice(place)
      const receiver = await startReceiver()
      const env = { OTLP_ENDPOINT: receiver.url, CI: '1' }
      await run(process.execPath, [host.script, 'build'], place, env)
      const { code, stderr } = await run(process.execPath, [host.script, 'telemetry', 'flush'], place, env)
      await receiver.close()
      expect({ code, stderr, left: spooled(place) }).toEqual({ code: 0, stderr: '', left: [] })
      expect(spansOf(receiver.requests).map(({ name }) => name)).toEqual(['aws', 'build', 'cloudquery'])
    })
  })
})

describe('a program of commander’s', () => {
  const index = new URL('../../dist/frameworks/commander.js', import.meta.url).href
  const evaluate = (body: string, ...args: string[]) => {
    const file = join(root, `node_modules/.cache/commander-${process.pid}.mjs`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(
      file,
      `import { Command } from 'commander'
       import { instrumentCommander } from '${index}'
       const program = new Command('cloudquery')
       instrumentCommander(program, { app: { name: 'cloudquery', version: '1.0.0' } })
       ${body}
       program.parse()`,
    )
    return run(process.execPath, [file, ...args], place)
  }

  test('gives its commands only the options that they declare', async () => {
    const { stdout } = await evaluate(
      "program.command('build').option('--fast').action((options) => console.log(JSON.stringify(options)))",
      'build',
      '--fast',
      '--inspect-telemetry',
    )
    expect(stdout).toBe('{"fast":true}\n')
    expect(events()).toEqual(['operation build', 'run'])
  })

  test('with its own options first accepts the flags after a command', async () => {
    const { stdout, code } = await evaluate(
      "program.enablePositionalOptions().command('build').action(() => console.log('built'))",
      'build',
      '--inspect-telemetry',
    )
    expect({ stdout, code, events: events() }).toEqual({
      stdout: 'built\n',
      code: 0,
      events: ['operation build', 'run'],
    })
  })

  test('that is one command is an operation of its own name', async () => {
    await evaluate("program.argument('[x]').action(() => console.log('done'))", 's3cret', '--inspect-telemetry')
    expect(events()).toEqual(['operation cloudquery', 'run'])
  })
})
