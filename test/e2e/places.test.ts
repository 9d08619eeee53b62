import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { saveChoice } from '../../src/consent/choice.ts'
import { formatName, newName, type State } from '../../src/spool/name.ts'
import type { Owner } from '../../src/spool/owner.ts'
import { until } from '../support/collector.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { inspectLog, run, runFixture } from '../support/program.ts'
import { attributesOf, tracksOf } from '../support/receiver.ts'
import { files, sawNotice, states } from '../support/spool.ts'

/** Homes and files as people have them: what is kept, shown and sent where they are of no use. */

const place = usePlace()
const receiver = useReceiver()
const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const preload = (name: string): string =>
  `--require ${new URL(`../fixtures/preload/${name}.cjs`, import.meta.url).pathname}`

const sending = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ RUDDER_URL: receiver.url, ...more })
const tool = (more: NodeJS.ProcessEnv = {}) => runFixture('fetch.mjs', place, sending(more))
const sentRuns = () => tracksOf(receiver.requests).filter(({ event }) => event === 'run')
/** So many runs have arrived, and no child writes to the home any more. */
const arrived = async (runs: number) => {
  await until('the runs arrive', () => sentRuns().length >= runs)
  await until('the child is done', () => states(place).length === 0 && !existsSync(files(place).drainLock))
}
const id = (): string => join(place.home, '.cq/telemetry-random-id')
const other = 12_345

describe('where hard links are forbidden', () => {
  const withoutLinks = (error: string, more: NodeJS.ProcessEnv = {}) => ({
    NODE_OPTIONS: preload('files'),
    FS_BELOW: place.home,
    FS_FAIL: `${error} linkSync`,
    ...more,
  })
  const leftovers = () =>
    readdirSync(place.home, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(?:tmp|d|first)\b/.test(path))

  test.each(['EPERM', 'ENOTSUP', 'EACCES', 'ENOSYS', 'EMLINK'])(
    '(%s) runs keep one id and one choice, and are sent in the background',
    async (error) => {
      const env = withoutLinks(error, { NOTICE: 'anywhere', CQ_DEBUG_TELEMETRY: '1' })
      const said = [(await tool(env)).stderr, (await tool(env)).stderr]
      expect(said.filter((text) => text.includes('Anonymous telemetry'))).toHaveLength(1)
      expect(said[1]).toContain('sending, in the background')
      await arrived(2)
      expect(
        sentRuns()
          .map(({ properties }) => properties['random_id_persisted'])
          .slice(0, 2),
      ).toEqual([false, true])
      expect(new Set(sentRuns().map(({ anonymousId }) => anonymousId))).toEqual(
        new Set([readFileSync(id(), 'utf8').trim()]),
      )
      expect(leftovers()).toEqual([])
    },
  )

  test('twenty first runs at once agree on one id', async () => {
    const env = withoutLinks('EPERM', { CQ_INSPECT_TELEMETRY: '1' })
    await Promise.all(Array.from({ length: 20 }, () => tool(env)))
    const ids = inspectLog(place)
      .filter(({ message }) => message === 'inspect resource')
      .map(({ data }) => attributesOf(data as never)['app.installation.id'])
    expect(ids).toHaveLength(20)
    expect([...new Set(ids)]).toEqual([readFileSync(id(), 'utf8').trim()])
    expect(leftovers()).toEqual([])
  }, 120_000)

  test('leftovers of a killed first run do not keep the next run from having an id', async () => {
    mkdirSync(`${id()}.first`, { recursive: true })
    writeFileSync(join(`${id()}.first`, 'file'), '00000000-aaaa-4bbb-8ccc-123456789abc\n')
    await tool(withoutLinks('EPERM', { CQ_INSPECT_TELEMETRY: '1' }))
    expect(readFileSync(id(), 'utf8')).toBe('00000000-aaaa-4bbb-8ccc-123456789abc\n')
    expect(leftovers()).toEqual([])
  })
})

interface HomeState {
  readonly home: string
  /** Returns the home. */
  readonly make: () => string
  readonly why: RegExp
}

const own = (): string => join(place.home, 'home')

const uselessHomes: HomeState[] = [
  { home: 'is missing', make: () => join(place.home, 'missing'), why: /there is no home directory of this user/ },
  {
    home: 'is a file',
    make: () => {
      writeFileSync(own(), '')
      return own()
    },
    why: /is not a directory/,
  },
  {
    home: "is another user's",
    make: () => {
      mkdirSync(own())
      chownSync(own(), other, other)
      return own()
    },
    why: /belongs to another user/,
  },
  { home: 'lies where no directory can be made', make: () => '/proc', why: /\/proc cannot be written|is full/ },
  {
    home: 'holds a file in the place of the directory of the tool',
    make: () => {
      mkdirSync(own())
      writeFileSync(join(own(), '.cq'), '')
      return own()
    },
    why: /\.cq cannot be written/,
  },
  {
    home: 'holds a directory in the place of the notice',
    make: () => {
      mkdirSync(join(own(), '.cq/telemetry/notice'), { recursive: true })
      return own()
    },
    why: /notice is a directory/,
  },
]

describe.each(uselessHomes)('a home that $home', ({ make, why }) => {
  test('outside of CI shows no notice, sends nothing and does not wait', async () => {
    const HOME = make()
    for (let each = 0; each < 2; each++) {
      const { code, stdout, stderr } = await tool({ HOME, NOTICE: 'anywhere', CQ_TELEMETRY_PATIENCE: '' })
      expect({ code, stdout: stdout.replace(/true|false/, '…'), stderr }).toEqual({
        code: 0,
        stdout: 'enabled …\n',
        stderr: '',
      })
    }
    expect(receiver.requests).toEqual([])
  })

  test('is named by doctor and by status', async () => {
    const HOME = make()
    const { code, stdout } = await run(process.execPath, [main, 'doctor', '--json'], place, { HOME })
    expect(code).toBe(1)
    const checks = JSON.parse(stdout) as { check: string; state: string; says: string }[]
    expect(checks.find(({ check }) => check === 'files')).toMatchObject({
      state: 'problem',
      says: expect.stringMatching(why) as string,
    })
    const status = await run(process.execPath, [main, 'status'], place, { HOME })
    expect(status.stdout + status.stderr).toMatch(why)
  })

  test('in CI is sent by one awaited attempt', async () => {
    const { stderr } = await tool({ HOME: make(), CI: 'true' })
    expect(stderr).toMatch(/^Anonymous telemetry[^\n]*\n$/)
    expect(sentRuns()).toHaveLength(1)
  })
})

describe("another user's home", () => {
  const consent = (): string => join(own(), '.cq/telemetry/consent.json')
  const foreign = (text: string) => {
    mkdirSync(dirname(consent()), { recursive: true })
    writeFileSync(consent(), text)
    writeFileSync(join(own(), '.cq/telemetry-random-id'), '00000000-aaaa-4bbb-8ccc-123456789abc\n')
    for (const path of ['', '.cq', '.cq/telemetry', '.cq/telemetry/consent.json', '.cq/telemetry-random-id'])
      chownSync(join(own(), path), other, other)
  }

  test.each([
    ['a no', '{"enabled":false,"generation":"0123456789abcdef"}', 'enabled false\n', 0],
    ['what cannot be read as a choice', 'no!', 'enabled false\n', 0],
    ['a yes', '{"enabled":true,"generation":"0123456789abcdef"}', 'enabled true\n', 1],
  ])('with %s in it', async (_, text, said, runs) => {
    foreign(text)
    const { stdout } = await tool({ HOME: own(), CI: 'true' })
    expect({ stdout, runs: sentRuns().length }).toEqual({ stdout: said, runs })
    expect(readFileSync(consent(), 'utf8')).toBe(text)
    expect((await tool({ HOME: own(), NOTICE: 'anywhere' })).stdout).toBe('enabled false\n')
    expect(sentRuns()).toHaveLength(runs)
  })
})

describe('a file of another user in the own home', () => {
  const chown = (path: string) => chownSync(path, other, other)

  test('is no consent', async () => {
    sawNotice(place)
    chown(files(place).consent)
    expect((await tool()).stdout).toBe('enabled false\n')
    const { stdout } = await run(process.execPath, [main, 'status'], place)
    expect(stdout).toMatch(/^Telemetry is off \(the consent file belongs to another user/)
  })

  test('is a no', async () => {
    sawNotice(place)
    saveChoice(files(place), 'disabled', [])
    chown(files(place).consent)
    expect((await tool()).stdout).toBe('enabled false\n')
  })

  test('is no id', async () => {
    sawNotice(place)
    writeFileSync(id(), '00000000-aaaa-4bbb-8ccc-123456789abc\n')
    chown(id())
    await tool()
    await arrived(1)
    expect(sentRuns()[0]?.anonymousId).not.toBe('00000000-aaaa-4bbb-8ccc-123456789abc')
  })

  test('does not say that the notice was shown', async () => {
    sawNotice(place)
    chown(files(place).notice)
    const env = { NOTICE: 'anywhere' }
    expect((await tool(env)).stderr).toMatch(/^Anonymous telemetry/)
    expect((await tool(env)).stderr).toBe('')
  })
})

type Kind = (path: string) => unknown
const kinds: Record<string, Kind> = {
  'a directory': (path) => mkdirSync(path),
  'a directory with a file in it': (path) => {
    mkdirSync(path)
    writeFileSync(join(path, 'file'), '')
  },
  'a FIFO': (path) => run('mkfifo', [path], place),
  'a link to nowhere': (path) => symlinkSync('nowhere', path),
  'a link to itself': (path) => symlinkSync(path, path),
  "a link to another's file": (path) => {
    const target = join(place.cwd, 'target')
    writeFileSync(target, 'theirs')
    symlinkSync(target, path)
  },
  'a socket': (path) =>
    new Promise<void>((resolve) => {
      const server = createServer().listen(path, resolve)
      sockets.push(() => server.close())
    }),
  'a file that nobody may read': (path) => {
    writeFileSync(path, '')
    chmodSync(path, 0)
  },
  "somebody else's file": (path) => {
    // A process that is always alive, and a pause that never ends.
    writeFileSync(path, '1-1-000000000000000000\n')
    chownSync(path, other, other)
  },
  '400 MB': (path) => {
    writeFileSync(path, '')
    truncateSync(path, 400_000_000)
  },
  garbage: (path) => writeFileSync(path, Buffer.from([0, 255, 254, 10, 123])),
}
const sockets: (() => void)[] = []
afterEach(() => {
  for (const close of sockets.splice(0)) close()
})

const everyCommand = `
import { runTelemetryCommand } from ${JSON.stringify(new URL('../../dist/command/index.js', import.meta.url).href)}
for (const args of ['status', 'spool', 'view --spool', 'id', 'doctor --json'])
  await runTelemetryCommand(args.split(' '), { app: { name: 'cloudquery', version: '1.2.3' } })`

/** These decide whether anything may be sent, or are what is sent. */
const deciding = ['consent', 'notice', 'spool'] as const

/** Every other file of a tool. */
const others = (): string[] => [
  id(),
  ...Object.entries(files(place)).flatMap(([name, path]) => (['directory', ...deciding].includes(name) ? [] : [path])),
]

const noCommandHangs = async () => {
  const { code, stderr } = await run(process.execPath, ['--input-type=module', '-e', everyCommand], place)
  expect({ code, trace: stderr.includes('    at ') }).toEqual({ code: 0, trace: false })
}

const noRunHangs = async () => {
  const { code, stderr } = await tool({ CQ_TELEMETRY_PATIENCE: '' })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
}

const put = async (kind: string, path: string) => {
  rmSync(path, { recursive: true, force: true })
  await (kinds[kind] as Kind)(path)
}

const expectNotTouched = (kind: string) => {
  if (kind === "a link to another's file") expect(readFileSync(join(place.cwd, 'target'), 'utf8')).toBe('theirs')
}

describe.each(Object.keys(kinds))('%s', (kind) => {
  test('in place of each file that decides nothing: delivery goes on', async () => {
    sawNotice(place)
    for (const path of others()) await put(kind, path)
    await noRunHangs()
    await noCommandHangs()
    await until('the run arrives', () => sentRuns().length === 1)
    await until('its file is gone', () => states(place).length === 0)
    expectNotTouched(kind)
  })

  test('as a file of the spool: delivery of the others goes on', async () => {
    sawNotice(place)
    const { generation } = JSON.parse(readFileSync(files(place).consent, 'utf8')) as { generation: string }
    const owner: Owner = { pid: 1, startTicks: '1', location: 'f'.repeat(18) }
    // What another machine seems to work on counts for the 5 MB and is not removed, so it must not be large here.
    const states = ['jsonl', 'held', ...(kind === '400 MB' ? [] : ['open', `mark-${'a'.repeat(16)}`])]
    for (const state of states as State[]) {
      mkdirSync(files(place).spool, { recursive: true, mode: 0o700 })
      await put(kind, join(files(place).spool, formatName({ ...newName(generation, ['rudder'], state), owner })))
    }
    await noRunHangs()
    await noCommandHangs()
    await until('the run arrives', () => sentRuns().length === 1)
    expectNotTouched(kind)
  })

  test.each(deciding)('in place of %s: nothing is sent', async (name) => {
    sawNotice(place)
    // A directory is what the spool is.
    if (name === 'spool' && kind.startsWith('a directory')) return
    await put(kind, files(place)[name])
    await noRunHangs()
    await noCommandHangs()
    expect(receiver.requests).toEqual([])
    expectNotTouched(kind)
  })
})
