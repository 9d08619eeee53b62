import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { inspectLog, run, runFixture } from '../support/program.ts'
import { attributesOf } from '../support/receiver.ts'
import { usePlace } from '../support/place.ts'

const place = usePlace()
beforeEach(() => {
  mkdirSync(join(place.home, '.cq'))
  mkdirSync(join(place.cwd, '.cq'))
})

const inHome = (): string => join(place.home, '.cq/telemetry-random-id')
const inData = (): string => join(place.cwd, '.cq/telemetry-random-id')
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const known = '00000000-aaaa-4bbb-8ccc-123456789abc'

/** What the resources of the runs so far said of the id, oldest first. */
const identities = () =>
  inspectLog(place)
    .filter(({ message }) => message === 'inspect resource')
    .map(({ data }) => attributesOf(data as never))
    .map((attributes) => ({ id: attributes['app.installation.id'], persisted: attributes['cq.random_id_persisted'] }))

const runOnce = async (env: NodeJS.ProcessEnv = {}) => {
  const { code, stdout, stderr } = await runFixture('fetch.mjs', place, { CQ_INSPECT_TELEMETRY: '1', ...env })
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'enabled true\n' })
  const warnings = stderr.split('\n').filter((line) => line.startsWith('cq-telemetry: ') && line.includes('random id'))
  return { ...identities().at(-1), warnings }
}

test('the first run makes the file, for its user alone, and later runs read it', async () => {
  rmSync(join(place.home, '.cq'), { recursive: true })
  const first = await runOnce()
  expect(first).toEqual({ id: expect.stringMatching(uuid) as string, persisted: false, warnings: [] })
  expect(readFileSync(inHome(), 'utf8')).toBe(`${String(first.id)}\n`)
  expect(statSync(inHome()).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(place.home, '.cq'))).toEqual(['telemetry-random-id'])
  for (const _ of [1, 2]) expect(await runOnce()).toEqual({ id: first.id, persisted: true, warnings: [] })
  expect(existsSync(inData())).toBe(false)
})

test('a file in the data directory is used if the home has none', async () => {
  writeFileSync(inData(), known)
  expect(await runOnce()).toMatchObject({ id: known, persisted: true })
  expect(existsSync(inHome())).toBe(false)
  writeFileSync(inHome(), known.replaceAll('0', '1'))
  expect(await runOnce()).toMatchObject({ id: known.replaceAll('0', '1'), persisted: true })
})

test.each([`${known}\n`, `  ${known.toUpperCase()}\r\n`])(
  'an id that was written by hand is accepted: %j',
  async (text) => {
    writeFileSync(inHome(), text)
    expect(await runOnce()).toEqual({ id: known, persisted: true, warnings: [] })
    expect(readFileSync(inHome(), 'utf8')).toBe(text)
  },
)

test('a user who removes the file gets a new id', async () => {
  const { id } = await runOnce()
  rmSync(inHome())
  const next = await runOnce()
  expect(next).toMatchObject({ id: expect.stringMatching(uuid) as string, persisted: false })
  expect(next.id).not.toBe(id)
})

test('in CI there is no id and no file', async () => {
  expect(await runOnce({ CI: 'true' })).toEqual({ id: undefined, persisted: false, warnings: [] })
  expect(existsSync(inHome())).toBe(false)
})

interface Obstacle {
  readonly what: string
  readonly put: (path: string) => unknown
  readonly still: (path: string) => unknown
  readonly warned?: boolean
}

const text = (what: string, content: string | Buffer): Obstacle => ({
  what,
  put: (path) => writeFileSync(path, content),
  still: (path) => readFileSync(path).equals(Buffer.from(content)),
})

const obstacles: Obstacle[] = [
  {
    what: 'a directory',
    put: (path) => mkdirSync(path),
    still: (path) => readdirSync(path).length === 0,
    warned: false,
  },
  {
    what: 'a link to nowhere',
    put: (path) => symlinkSync('nowhere', path),
    still: (path) => readlinkSync(path) === 'nowhere' && !existsSync(path),
  },
  {
    what: 'a link to itself',
    put: (path) => symlinkSync(path, path),
    still: (path) => readlinkSync(path) === path,
  },
  {
    what: 'a FIFO',
    put: (path) => run('mkfifo', [path], place),
    still: (path) => lstatSync(path).isFIFO(),
  },
  {
    what: '10 MB',
    put: (path) => {
      writeFileSync(path, known)
      truncateSync(path, 10_000_000)
    },
    still: (path) => statSync(path).size === 10_000_000,
  },
  text('binary garbage', Buffer.from([0, 255, 254, 128, 10, 0, 1])),
  text('nothing in it', ''),
  text('text that is no id', 'not an id\n'),
  text('an id and more', `${known} and more\n`),
]

test.each(obstacles)(
  'each run has an id of its own with $what in place of the file, which stays unchanged',
  async ({ put, still, warned = true }) => {
    await put(inHome())
    const loud = await runOnce({ CQ_DEBUG_TELEMETRY: '1' })
    const quiet = await runOnce()
    expect([loud.id, quiet.id]).toEqual([expect.stringMatching(uuid), expect.stringMatching(uuid)])
    expect(new Set([loud.id, quiet.id, known]).size).toBe(3)
    expect([loud.persisted, quiet.persisted]).toEqual([false, false])
    expect([loud.warnings.length, quiet.warnings]).toEqual([warned ? 1 : 0, []])
    expect(still(inHome())).toBe(true)
    expect(readdirSync(join(place.home, '.cq'))).toEqual(['telemetry-random-id'])
    expect(readdirSync(join(place.cwd, '.cq'))).toEqual([])
  },
)

test('50 first runs at once agree on one id', async () => {
  const ended = await Promise.all(
    Array.from({ length: 50 }, () => runFixture('fetch.mjs', place, { CQ_INSPECT_TELEMETRY: '1' })),
  )
  expect(ended.map(({ code }) => code)).toEqual(Array.from({ length: 50 }, () => 0))
  const ids = identities().map(({ id }) => id)
  expect(ids).toHaveLength(50)
  expect([...new Set(ids)]).toEqual([readFileSync(inHome(), 'utf8').trim()])
  expect(readdirSync(join(place.home, '.cq'))).toEqual(['telemetry-random-id'])
}, 120_000)

const homes = [
  { home: 'missing', make: () => join(place.home, 'missing') },
  {
    home: 'a file',
    make: () => {
      writeFileSync(join(place.home, 'file'), '')
      return join(place.home, 'file')
    },
  },
  {
    home: "another user's",
    skip: process.getuid?.() !== 0,
    make: () => {
      const other = join(place.home, 'other')
      mkdirSync(other)
      chownSync(other, 65534, 65534)
      return other
    },
  },
]

const isRoot = process.getuid?.() === 0
const planted = known.replaceAll('0', '9')

/** What a cloned repository, or another user of the machine, can put where the data directory is. */
const hostile: { what: string; skip?: boolean; dataDir?: string; put: () => void }[] = [
  { what: 'a link to a file', put: () => symlinkSync(join(place.home, 'other'), inData()) },
  { what: 'a relative link', put: () => symlinkSync('../other', inData()) },
  {
    what: 'a link to a link',
    put: () => [
      symlinkSync(join(place.home, 'other'), join(place.cwd, 'between')),
      symlinkSync('../between', inData()),
    ],
  },
  {
    what: 'in a directory that is a link',
    put: () => [rmSync(join(place.cwd, '.cq'), { recursive: true }), symlinkSync(place.home, join(place.cwd, '.cq'))],
  },
  {
    what: 'below a directory that is a link',
    dataDir: 'deep/er/.cq',
    put: () => [mkdirSync(join(place.cwd, 'deep')), symlinkSync(place.home, join(place.cwd, 'deep/er'))],
  },
  {
    what: "another user's file",
    skip: !isRoot,
    put: () => [writeFileSync(inData(), planted), chownSync(inData(), 65534, 65534)],
  },
]

describe.each(hostile)('the id of the data directory that is $what', ({ skip, dataDir, put }) => {
  beforeEach(() => {
    for (const path of ['home/other', 'home/telemetry-random-id', 'home/.cq/telemetry-random-id', 'cwd/other']) {
      const [root, ...rest] = path.split('/')
      const file = join(root === 'home' ? place.home : place.cwd, ...rest)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, planted)
    }
    rmSync(inHome())
  })
  const env = (more: NodeJS.ProcessEnv = {}) => ({ ...(dataDir !== undefined && { DATA_DIR: dataDir }), ...more })

  test('is not read', async () => {
    if (skip) return
    put()
    const { id, persisted } = await runOnce(env())
    expect([id, persisted]).toEqual([expect.stringMatching(uuid), false])
    expect(id).not.toBe(planted)
  })

  test('is not written either, if there is no home', async () => {
    if (skip) return
    put()
    const before = [place.home, place.cwd].map((directory) => readdirSync(directory, { recursive: true }).sort())
    const HOME = join(place.home, 'missing')
    const ids = [await runOnce(env({ HOME })), await runOnce(env({ HOME }))].map(({ id }) => id)
    expect(new Set([...ids, planted]).size).toBe(3)
    rmSync(join(place.cwd, 'cloudquery.log'))
    expect([place.home, place.cwd].map((directory) => readdirSync(directory, { recursive: true }).sort())).toEqual(
      before,
    )
    expect(readFileSync(join(place.home, 'other'), 'utf8')).toBe(planted)
  })
})

test('a directory of the home that is a link is the user’s own', async () => {
  rmSync(join(place.home, '.cq'), { recursive: true })
  mkdirSync(join(place.home, 'dotfiles'))
  symlinkSync('dotfiles', join(place.home, '.cq'))
  const { id } = await runOnce()
  expect(readFileSync(join(place.home, 'dotfiles/telemetry-random-id'), 'utf8')).toBe(`${String(id)}\n`)
  expect(await runOnce()).toMatchObject({ id, persisted: true })
})

test.each(homes)('a home that is $home gets no file: the id is in the data directory', async ({ make, skip }) => {
  if (skip) return
  const HOME = make()
  const before = readdirSync(place.home, { recursive: true })
  const first = await runOnce({ HOME })
  expect(readFileSync(inData(), 'utf8')).toBe(`${String(first.id)}\n`)
  expect(await runOnce({ HOME })).toEqual({ id: first.id, persisted: true, warnings: [] })
  expect(readdirSync(place.home, { recursive: true })).toEqual(before)
})

test('a run has an id of its own if nothing can be written', async () => {
  for (const directory of [join(place.home, '.cq'), join(place.cwd, '.cq')]) {
    rmSync(directory, { recursive: true })
    writeFileSync(directory, 'a file')
  }
  const loud = await runOnce({ CQ_DEBUG_TELEMETRY: '1' })
  const quiet = await runOnce()
  expect([loud.persisted, quiet.persisted]).toEqual([false, false])
  expect(loud.id).not.toBe(quiet.id)
  expect([loud.warnings.length, quiet.warnings]).toEqual([1, []])
  expect(readFileSync(join(place.home, '.cq'), 'utf8')).toBe('a file')
})

test.each([
  ['"hashes"', 40],
  ['"random-only"', undefined],
  ['{"hmacKey":"a key of the publisher"}', 64],
])('with identity %s hashes of the machine have %j digits', async (identity, digits) => {
  await runFixture('fetch.mjs', place, { IDENTITY: identity }, ['--inspect-telemetry'])
  const facts = attributesOf(inspectLog(place).find(({ message }) => message === 'inspect resource')?.data as never)
  const hashes = Object.entries(facts).filter(([key]) => key.startsWith('cq.hash.'))
  expect(hashes.map(([, value]) => String(value).length)).toEqual(digits === undefined ? [] : hashes.map(() => digits))
  expect(hashes.length > 0).toBe(digits !== undefined)
  expect(JSON.stringify(facts)).not.toContain('a key of the publisher')
})
