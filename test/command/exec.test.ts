import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { inspectLog, run, start } from '../support/program.ts'
import { spansOf } from '../support/receiver.ts'
import { sawNotice } from '../support/spool.ts'
import { usePlace, useReceiver } from '../support/place.ts'

/** Any program as an operation: what it says and how it ends stay its own. */

const place = usePlace()
const receiver = useReceiver()

const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const exec = (options: readonly string[], command: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  run(process.execPath, [main, 'exec', '--operation', 'deploy', ...options, '--', ...command], place, env)
const inspected = ['--inspect-telemetry', '--app', 'mybuild', '--app-version', '2.0.0']
const events = () =>
  inspectLog(place, 'mybuild-telemetry.log')
    .filter(({ message }) => message === 'inspect analytics event')
    .map(({ event, data }) => [event, data['properties'] as Record<string, unknown>] as const)

describe('a program', () => {
  test('is an operation with a duration, without its arguments and output', async () => {
    const { code, stdout } = await exec(inspected, ['sh', '-c', 'echo out-$1; exit 0', 'x', 's3cret'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'out-s3cret\n' })
    expect(events()).toMatchObject([
      ['operation', { app: 'mybuild', version: '2.0.0', operation: 'deploy', success: true }],
      ['run', { exit_code: 0 }],
    ])
    expect(JSON.stringify(inspectLog(place, 'mybuild-telemetry.log'))).not.toMatch(/s3cret|echo|"sh"/)
  })

  test('ends with its own exit code, which is recorded', async () => {
    expect((await exec(inspected, ['sh', '-c', 'exit 7'])).code).toBe(7)
    expect(events()).toMatchObject([
      ['operation', { success: false, error_type: '_OTHER' }],
      ['run', { exit_code: 7 }],
    ])
  })

  test('dies of its own signal', async () => {
    const { code, signal } = await exec(inspected, ['sh', '-c', 'kill -TERM $$'])
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGTERM' })
    expect(events().at(-1)).toMatchObject([
      'run',
      { exit_code: 143, error_type: 'AbortError', error_class: 'cancelled' },
    ])
  })

  test('gets the signals of the wrapper', async () => {
    const script = "trap 'echo got it; exit 9' TERM; echo ready; while :; do sleep 0.05; done"
    const running = start(
      process.execPath,
      [main, 'exec', '--operation', 'deploy', ...inspected, '--', 'sh', '-c', script],
      place,
    )
    await running.says('ready')
    running.kill('SIGTERM')
    const { code, stdout } = await running.ended
    expect({ code, stdout }).toEqual({ code: 9, stdout: 'ready\ngot it\n' })
  })

  test('has TRACEPARENT in its environment, so that the runs which it starts are below it', async () => {
    const { stdout } = await exec(inspected, ['sh', '-c', 'echo $TRACEPARENT $MYBUILD_TRACEPARENT'])
    const span = inspectLog(place, 'mybuild-telemetry.log').find(({ span }) => span === 'deploy')?.data as {
      traceId: string
      spanId: string
    }
    const parent = `00-${span.traceId}-${span.spanId}-01`
    expect(stdout).toBe(`${parent} ${parent}\n`)
  })

  test.each([
    ['is not there', ['no-such-program'], 127, 'no-such-program cannot be run (ENOENT)'],
    ['may not be run', ['./plain.txt'], 126, './plain.txt cannot be run (EACCES)'],
  ])('that %s is said, with the code of a shell', async (_, command, code, says) => {
    writeFileSync(join(place.cwd, 'plain.txt'), 'text', { mode: 0o644 })
    const ended = await exec(inspected, command)
    expect(ended.code).toBe(code)
    expect(ended.stderr).toContain(says)
    expect(events().at(-1)).toMatchObject(['run', { exit_code: code }])
  })

  test('is sent to a collector', async () => {
    sawNotice(place)
    expect((await exec(['--otlp-endpoint', receiver.url], ['true'], { CI: '1' })).code).toBe(0)
    expect(spansOf(receiver.requests).map(({ name }) => name)).toEqual(['deploy', 'exec'])
  })

  test.each([
    ['--no-telemetry', ['--no-telemetry'], {}],
    ['DO_NOT_TRACK', [], { DO_NOT_TRACK: '1' }],
    ['no destination', [], {}],
  ])('runs all the same with %s', async (_, options, env) => {
    const { code, stdout, stderr } = await exec(options, ['sh', '-c', 'echo out; exit 5'], env)
    expect({ code, stdout, stderr }).toEqual({ code: 5, stdout: 'out\n', stderr: '' })
  })
})

describe('a wrong call', () => {
  test.each([
    [['exec', '--', 'true'], /required option '--operation <name>'/],
    [['exec', '--operation', 'Deploy /home/me', '--', 'true'], /--operation must be words/],
    [['exec', '--operation', 'a', '--app', 'A b', '--', 'true'], /--app must be the name of a tool/],
    [['exec', '--operation', 'a', '--app-version', 'x', '--', 'true'], /: --app-version must be a version/],
    [['--directory', '../x', 'exec', '--operation', 'a', '--', 'true'], /: --directory must be/],
    [['--env-prefix', 'a b', 'exec', '--operation', 'a', '--', 'true'], /: --env-prefix must be/],
    [['exec', '--operation', 'a', '--otlp-endpoint', 'x', '--', 'true'], /--otlp-endpoint must be/],
    [['exec', '--operation', 'a'], /missing required argument 'command'/],
  ])('%j is refused with code 2, and nothing is run', async (args, says) => {
    const { code, stderr } = await run(process.execPath, [main, ...args], place)
    expect(code).toBe(2)
    expect(stderr).toMatch(says)
  })
})
