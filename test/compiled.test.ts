import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadCompiled } from '../src/load/compiled.ts'
import { keepCompiled } from '../src/load/keep-compiled.ts'
import { newPlace, type Place, run } from './support/program.ts'
import { type Receiver, startReceiver } from './support/receiver.ts'
import { sawNotice, telemetryDirectory } from './support/spool.ts'

let place: Place
beforeEach(() => {
  place = newPlace()
})
afterEach(() => place.remove())

describe('a file of ours', () => {
  const directory = (): string => join(place.home, 'compiled')
  const load = (text: string, hash = '1') => {
    const file = join(place.cwd, 'ours.cjs')
    const source = { file, text, require: createRequire(file) }
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

  test('is not run from a directory that others can write to', () => {
    load("exports.is = 'one'")
    chmodSync(directory(), 0o777)
    expect(load("exports.is = 'two'").exports).toEqual({ is: 'two' })
  })

  test('leaves no more than four of other versions', () => {
    for (const hash of ['1', '2', '3', '4']) load("exports.is = 'one'", hash)
    expect(readdirSync(directory())).toHaveLength(4)
    load("exports.is = 'one'", '5')
    expect(readdirSync(directory())).toEqual([expect.stringMatching(/^5-/)])
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
})
