import type { SpawnOptions, SpawnSyncOptions } from 'node:child_process'
import { basename, dirname, sep } from 'node:path'
import { childVariable } from '../machine/variables.ts'
import type { RecordLine } from './preload-records.ts'
import { telemetryFiles } from './telemetry-files.ts'

/** The environment in which a command records, prints debug messages, and starts its delivery child. */

const childProcess = process.getBuiltinModule('node:child_process')
const fs = process.getBuiltinModule('node:fs')

type Note = (line: RecordLine) => void

/** Notes what telemetry writes, which uses `fs.writeSync`. The host's output goes through Node's streams. */
export const recordStandardError = (of: 'command' | 'child', note: Note): void => {
  const { writeSync } = fs
  fs.writeSync = ((descriptor: number, data: string | NodeJS.ArrayBufferView, ...rest: unknown[]) => {
    const written = Reflect.apply(writeSync, fs, [descriptor, data, ...rest]) as number
    if (descriptor === 2) {
      const bytes =
        typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      const from = typeof data === 'string' || typeof rest[0] !== 'number' ? 0 : rest[0]
      note({ kind: 'stderr', of, text: bytes.subarray(from, from + written).toString('utf8') })
    }
    return written
  }) as typeof fs.writeSync
}

/** Pretends that the user has set the debug variable of the tool, whatever its name. */
export const switchDebugOn = (): void => {
  process.env = new Proxy(process.env, {
    get: (env, name) =>
      typeof name === 'string' && name.endsWith('_DEBUG_TELEMETRY') ? '1' : (Reflect.get(env, name) as unknown),
    // Node accepts assignments only on the real object.
    set: (env, name: string, value: string) => {
      env[name] = value
      return true
    },
  })
}

const isNotice = (path: unknown, home: string): path is string =>
  typeof path === 'string' &&
  path.startsWith(home) &&
  basename(path) === 'notice' &&
  basename(dirname(path)) === 'telemetry'

/** Pretends that an earlier run has shown the notice at the time `shown`: its file exists when it is read. */
export const provideNotice = (home: string, shown: Date): void => {
  const { closeSync, existsSync, mkdirSync, openSync, writeSync } = fs
  fs.openSync = (path, flags, mode) => {
    if (isNotice(path, home) && !existsSync(path)) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      const descriptor = openSync(path, 'wx', 0o600)
      writeSync(descriptor, `${shown.toISOString()}\n`)
      closeSync(descriptor)
    }
    return openSync(path, flags, mode)
  }
}

/** Hides the repository. A tested tool runs from its own repository, and telemetry would send nothing from there. */
export const hideRepository = (script = process.argv[1]): void => {
  const { existsSync, realpathSync } = fs
  if (script === undefined || !existsSync(script)) return
  const real = realpathSync(script)
  fs.existsSync = (path) => {
    const own = typeof path === 'string' && basename(path) === '.git' && real.startsWith(dirname(path) + sep)
    return !own && existsSync(path)
  }
}

/** Reads the whole file behind a descriptor, without moving the position that the child shares. */
const contentOf = (descriptor: unknown): string => {
  if (typeof descriptor !== 'number') return ''
  const buffer = Buffer.alloc(fs.fstatSync(descriptor).size)
  fs.readSync(descriptor, buffer, 0, buffer.length, 0)
  return buffer.toString('utf8')
}

type Options = SpawnOptions & SpawnSyncOptions
const inputOf = ({ input, stdio }: Options): string =>
  typeof input === 'string' ? input : contentOf(Array.isArray(stdio) ? stdio[0] : undefined)

/** Notes how the delivery child is started, and starts it with the preload. */
export const watchChild = (preload: string, home: string, note: Note): void => {
  const { spawn, spawnSync } = childProcess
  const watched =
    (original: (...all: never[]) => unknown) =>
    (file: string, args?: unknown, options: Options = {}): unknown => {
      if (!Array.isArray(args) || options.env?.[childVariable] === undefined)
        return Reflect.apply(original, childProcess, [file, args, options])
      const { env, cwd } = options
      note({
        kind: 'child',
        file,
        args: args as string[],
        env: env as Record<string, string>,
        cwd: String(cwd),
        input: inputOf(options),
        files: telemetryFiles(home),
      })
      const started = Reflect.apply(original, childProcess, [file, ['--require', preload, ...args], options]) as {
        readonly pid?: number
      }
      if (started.pid !== undefined) note({ kind: 'pid', pid: started.pid })
      return started
    }
  childProcess.spawn = watched(spawn) as typeof spawn
  childProcess.spawnSync = watched(spawnSync) as typeof spawnSync
}
