import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { run } from '../support/program.ts'
import { sawNotice } from '../support/spool.ts'
import { withTool } from '../support/tools.ts'
import { usePlace, useReceiver } from '../support/place.ts'

/** Off is proved by observation: of system calls, and of the code that is evaluated. */

const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))

const fixture = new URL('../fixtures/fetch.mjs', import.meta.url).pathname
const sending = (): NodeJS.ProcessEnv => ({ RUDDER_URL: receiver.url, DELIVERY: 'inline' })

const switches: [string, readonly string[], NodeJS.ProcessEnv][] = [
  ['--no-telemetry', ['--no-telemetry'], {}],
  ['CQ_NO_TELEMETRY', [], { CQ_NO_TELEMETRY: '1' }],
  ['DO_NOT_TRACK', [], { DO_NOT_TRACK: '1' }],
]

withTool('strace', describe)('system calls', () => {
  /** What the process did to the outside: sockets, other processes, files that it wrote or looked for in the home. */
  const observed = async (args: readonly string[], env: NodeJS.ProcessEnv) => {
    const log = join(place.cwd, 'strace.log')
    const traced = 'trace=%network,%file,execve,clone,clone3,fork,vfork'
    await run('strace', ['-f', '-qq', '-e', traced, '-o', log, process.execPath, fixture, ...args], place, {
      ...sending(),
      ...env,
    })
    const calls = readFileSync(log, 'utf8').split('\n')
    return {
      sockets: calls.filter((call) => /\b(?:socket|connect|sendto|sendmsg)\(.*(?:AF_INET|AF_UNIX)/.test(call)).length,
      programs: calls.filter((call) => /\bexecve\(/.test(call) && !/ENOENT/.test(call)).length,
      written: calls.filter(
        (call) => /\b(?:open|openat|creat)\(.*O_(?:WRONLY|RDWR|CREAT)/.test(call) && !/"\/dev\//.test(call),
      ).length,
      changed: calls.filter((call) => /\b(?:mkdir|rename|unlink|link|symlink|utimensat)\w*\(/.test(call)).length,
      inHome: calls.filter((call) => call.includes(join(place.home, '.cq'))).length,
    }
  }

  test.each(switches)(
    '%s opens no socket, starts no child, and writes and reads nothing in the home',
    async (_, args, env) => {
      expect(await observed(args, env)).toEqual({ sockets: 0, programs: 1, written: 0, changed: 0, inHome: 0 })
      expect(receiver.requests).toEqual([])
    },
  )

  test('the same observation sees all of them with telemetry on', async () => {
    const on = await observed([], {})
    for (const [what, count] of Object.entries(on)) expect(count, what).toBeGreaterThan(what === 'programs' ? 1 : 0)
  })
})

describe('loaded code', () => {
  /** The package's files that were loaded, by V8's own account. */
  const loaded = async (args: readonly string[], env: NodeJS.ProcessEnv): Promise<string[]> => {
    const directory = join(place.cwd, 'coverage')
    mkdirSync(directory)
    await run(process.execPath, [fixture, ...args], place, { ...sending(), ...env, NODE_V8_COVERAGE: directory })
    const files = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'))
    const urls = files
      .flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result)
      .map(({ url }) => url)
    return urls.flatMap((url) => url.split(/^(?:file:.*\/dist\/|cq-telemetry\/)/)[1] ?? [])
  }

  test.each(switches)(
    'with %s it is the file that heeds the switches, and nothing of OpenTelemetry',
    async (_, args, env) => {
      expect(await loaded(args, env)).toEqual(['index.js'])
    },
  )

  test('the recording code is loaded with telemetry on', async () => {
    expect(await loaded([], {})).toEqual(expect.arrayContaining(['index.js', 'run.cjs']))
  })
})

test.each([{}, { CQ_NO_TELEMETRY: '1' }])(
  'a crash is not recorded either, and looks the same as without the package: %j',
  async (env) => {
    const program = `throw new TypeError('the message')`
    const file = join(place.cwd, 'crash.mjs')
    const withPackage = `const { instrument } = await import(process.env.ENTRY); instrument({ app: { name: 'a', version: '1.0.0' } }); ${program}`
    const ended = async (source: string) => {
      const { writeFileSync } = await import('node:fs')
      writeFileSync(file, source)
      const { code, stderr } = await run(process.execPath, [file], place, {
        ...env,
        ENTRY: new URL('../../dist/index.js', import.meta.url).href,
      })
      return { code, stack: stderr.split('\n').filter((line) => !line.includes('instrument') && !/^\s*\^/.test(line)) }
    }
    const bare = await ended(program)
    const instrumented = await ended(withPackage)
    expect(instrumented.code).toBe(bare.code)
    expect(instrumented.stack.find((line) => line.startsWith('TypeError'))).toBe('TypeError: the message')
    expect(existsSync(join(place.home, '.cq/telemetry/spool'))).toBe(false)
  },
)
