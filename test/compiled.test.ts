import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadCompiled } from '../src/load/compiled.ts'
import { keepCompiled } from '../src/load/keep-compiled.ts'
import { newPlace, type Place, run } from './support/program.ts'
import { type Receiver, startReceiver } from './support/receiver.ts'
import { batchesIn, sawNotice, telemetryDirectory } from './support/spool.ts'

let place: Place
beforeEach(() => {
  place = newPlace()
})
afterEach(() => place.remove())

describe('a file of ours', () => {
  const directory = (): string => join(place.home, 'compiled')
  let loads = 0
  const load = (text: string, hash = '1') => {
    const file = join(place.cwd, 'ours.cjs')
    // By another name each time: within a process V8 remembers what it has made of the same text under the same name.
    const source = { name: `ours-${loads++}.cjs`, file, text, require: createRequire(file) }
    const { exports, fresh } = loadCompiled(source, { directory: directory(), hash })
    if (fresh) keepCompiled(fresh)
    return { exports, kept: fresh !== undefined }
  }

  test('is run as it was compiled before, and as it is where its content is another', () => {
    expect(load("exports.is = 'one'")).toEqual({ exports: { is: 'one' }, kept: true })
    // As long as the first, which is all that V8 looks at: that the text is not read shows that the kept code is what is run.
    expect(load("exports.is = 'two'")).toEqual({ exports: { is: 'one' }, kept: false })
    expect(load("exports.is = 'two'", '2')).toEqual({ exports: { is: 'two' }, kept: true })
  })

  test('has what a CommonJS file has', () => {
    const { exports } = load(
      "'use strict'; exports.has = { file: __filename, fs: require('fs'), own: module.exports === exports }",
    )
    const { has } = exports as { has: { fs: unknown } }
    expect(has).toMatchObject({ file: join(place.cwd, 'ours.cjs'), own: true })
    expect(has.fs).toBe(createRequire(import.meta.url)('fs'))
  })

  test('throws what it throws itself', () => {
    expect(() => load("throw new Error('broken')")).toThrow('broken')
  })

  test.each<[string, (path: string) => void]>([
    ['others may write to', (path) => chmodSync(path, 0o666)],
    ['belongs to somebody else', (path) => chownSync(path, 2001, 2001)],
    [
      'is a link to one',
      (path) => {
        renameSync(path, join(place.cwd, 'elsewhere'))
        symlinkSync(join(place.cwd, 'elsewhere'), path)
      },
    ],
  ])('is not run as a file that %s', (_, spoil) => {
    load("exports.is = 'one'")
    spoil(join(directory(), readdirSync(directory())[0] as string))
    expect(load("exports.is = 'two'").exports).toEqual({ is: 'two' })
  })

  test.each([
    ['others may write to', () => chmodSync(directory(), 0o777)],
    [
      'is a link',
      () => {
        renameSync(directory(), join(place.cwd, 'elsewhere'))
        symlinkSync(join(place.cwd, 'elsewhere'), directory(), 'dir')
      },
    ],
  ])('is not kept in a directory that %s', (_, spoil) => {
    mkdirSync(directory(), { mode: 0o700 })
    for (const name of ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg']) writeFileSync(join(directory(), name), name)
    spoil()
    expect(() => load("exports.is = 'one'")).toThrow('belongs to someone else')
    expect(readdirSync(directory())).toHaveLength(5)
  })

  test('leaves no more than four of other versions', () => {
    for (const hash of ['1', '2', '3', '4']) load("exports.is = 'one'", hash)
    expect(readdirSync(directory())).toHaveLength(4)
    load("exports.is = 'one'", '5')
    expect(readdirSync(directory())).toEqual([expect.stringMatching(/^5-/)])
    writeFileSync(join(directory(), 'of-somebody-else'), '')
    for (const hash of ['6', '7', '8', '9']) load("exports.is = 'one'", hash)
    expect(readdirSync(directory())).toEqual([expect.stringMatching(/^9-/), 'of-somebody-else'])
  })
})

describe('a command', () => {
  let receiver: Receiver
  beforeEach(async () => {
    receiver = await startReceiver()
  })
  afterEach(() => receiver.close())

  const fixture = new URL('fixtures/fetch.mjs', import.meta.url).pathname
  const runs = (env: NodeJS.ProcessEnv = {}) =>
    run(process.execPath, [fixture], place, { RUDDER_URL: receiver.url, DELIVERY: 'inline', ...env })
  const directory = (): string => join(telemetryDirectory(place), 'compiled')
  const kept = (): string[] => {
    try {
      return readdirSync(directory())
    } catch {
      return []
    }
  }
  const events = (): number => receiver.requests.length

  test.each([
    ['in CI', { CI: 'true' }, 3],
    ['behind a pipe, where nobody has seen the notice', {}, 0],
  ])('%s keeps what was compiled once it has run before', async (_, env, sent) => {
    await runs(env)
    expect(kept()).toEqual([])
    await runs(env)
    const [name = ''] = kept()
    expect(name).toContain(process.version)
    const { ino } = statSync(join(directory(), name))
    await runs(env)
    expect(kept()).toEqual([name])
    expect(statSync(join(directory(), name)).ino).toBe(ino)
    expect(events()).toBe(sent)
  })

  test('has other flags, and so another file', async () => {
    sawNotice(place)
    await runs()
    await runs({ NODE_OPTIONS: '--max-old-space-size=200' })
    expect(kept()).toHaveLength(2)
    await runs({ NODE_OPTIONS: '--max-old-space-size=200' })
    expect(kept()).toHaveLength(2)
    expect(events()).toBe(3)
  })

  test.each<[string, (path: string) => void]>([
    ['and is cut off', (path) => writeFileSync(path, readFileSync(path).subarray(0, 1001))],
    ['and is empty', (path) => writeFileSync(path, '')],
    ['and is zeros now', (path) => writeFileSync(path, Buffer.alloc(statSync(path).size))],
    [
      'and has another byte',
      (path) => {
        const bytes = readFileSync(path)
        bytes[200] = (bytes[200] ?? 0) ^ 0x55
        writeFileSync(path, bytes)
      },
    ],
    ['and another version of V8 made', (path) => writeFileSync(path, Buffer.alloc(2000, 'other'))],
    ['and is too long', (path) => writeFileSync(path, Buffer.alloc(5_000_000))],
    [
      'and is a FIFO',
      (path) => {
        rmSync(path)
        execFileSync('mkfifo', [path])
      },
    ],
  ])('compiles again what was kept %s', async (_, spoil) => {
    sawNotice(place)
    await runs()
    const path = join(directory(), kept()[0] as string)
    const { size } = statSync(path)
    spoil(path)
    const { ino } = statSync(path)
    expect(await runs()).toMatchObject({ code: 0, stderr: '' })
    expect(statSync(path)).toMatchObject({ size: expect.closeTo(size, -5) as number })
    expect(statSync(path).ino).not.toBe(ino)
    expect(events()).toBe(2)
  })

  test.each([
    ['NODE_DISABLE_COMPILE_CACHE', { NODE_DISABLE_COMPILE_CACHE: '1' }],
    ['CQ_NO_TELEMETRY', { CQ_NO_TELEMETRY: '1' }],
  ])('with %s keeps nothing', async (_, env) => {
    sawNotice(place)
    expect(await runs(env)).toMatchObject({ code: 0, stderr: '' })
    expect(kept()).toEqual([])
  })

  test('is recorded and sent as ever where nothing can be kept', async () => {
    sawNotice(place)
    mkdirSync(telemetryDirectory(place), { recursive: true })
    writeFileSync(directory(), 'a file in its place')
    expect(await runs()).toMatchObject({ code: 0, stderr: '' })
    expect(await runs()).toMatchObject({ code: 0, stderr: '' })
    expect(events()).toBe(2)
  })

  test('that is told no loses it', async () => {
    sawNotice(place)
    await runs()
    expect(kept()).toHaveLength(1)
    const command = new URL('../dist/command/main.js', import.meta.url).pathname
    await run(process.execPath, [command, 'disable'], place)
    expect(kept()).toEqual([])
  })

  test('that is told no removes nothing behind a link', async () => {
    sawNotice(place)
    mkdirSync(telemetryDirectory(place), { recursive: true })
    symlinkSync(place.cwd, directory(), 'dir')
    writeFileSync(join(place.cwd, 'photo.jpg'), '')
    await runs()
    const command = new URL('../dist/command/main.js', import.meta.url).pathname
    await run(process.execPath, [command, 'disable'], place)
    expect(readdirSync(place.cwd)).toContain('photo.jpg')
  })
})

describe('a run is begun when the host first uses it', () => {
  /** A package whose second file can be away for a while. */
  const install = (): string => {
    const target = join(place.cwd, 'node_modules/cq-telemetry')
    const root = new URL('..', import.meta.url).pathname
    cpSync(join(root, 'package.json'), join(target, 'package.json'))
    for (const file of ['index.js', 'decide.cjs', 'run.cjs'])
      cpSync(join(root, 'dist', file), join(target, 'dist', file))
    return join(target, 'dist/run.cjs')
  }
  const host = (source: string): string => {
    const path = join(place.cwd, 'host.mjs')
    writeFileSync(
      path,
      `import { renameSync } from 'node:fs'
      import { instrument } from 'cq-telemetry'
      const telemetry = instrument({
        app: { name: 'fixture', version: '1.2.3' },
        otlp: { endpoint: 'http://127.0.0.1:9' },
        publicNames: { operations: ['first', 'second'] },
        sendInDevelopment: true,
        delivery: 'manual',
      })
      ${source}`,
    )
    return path
  }
  const recorded = () => batchesIn(place).flatMap(({ spans }) => spans)

  test('and what fails then is tried again', async () => {
    sawNotice(place)
    const file = install()
    const program = host(`
      renameSync(${JSON.stringify(file)}, ${JSON.stringify(`${file}.away`)})
      telemetry.operation('first', () => console.log('first'))
      renameSync(${JSON.stringify(`${file}.away`)}, ${JSON.stringify(file)})
      telemetry.operation('second', () => console.log('second'))`)
    const { code, stdout, stderr } = await run(process.execPath, [program, '--debug-telemetry'], place)
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'first\nsecond\n' })
    expect(stderr).toContain('cannot be run (ENOENT)')
    expect(recorded().map(({ name }) => name)).toEqual(['second', 'fixture'])
  })

  test('with the variables that there were when it was instrumented', async () => {
    sawNotice(place)
    install()
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const program = host(`
      delete process.env.CQ_TRACEPARENT
      telemetry.operation('first', () => undefined)`)
    await run(process.execPath, [program], place, { CQ_TRACEPARENT: `00-${traceId}-00f067aa0ba902b7-01` })
    expect(new Set(recorded().map((span) => span.traceId))).toEqual(new Set([traceId]))
  })
})
