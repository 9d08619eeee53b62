import { fs, sea } from './node.ts'

const { accessSync, constants, existsSync, readlinkSync } = fs

/** How to start the runtime of this process again with a program of our own. */
export interface Runtime {
  readonly file: string
  /** Variables without which the runtime would start something else. */
  readonly env: Readonly<Record<string, string>>
}

/** Globals of Bun and of Deno. */
const globals = globalThis as unknown as {
  readonly Bun?: { readonly main?: string }
  readonly Deno?: { readonly build?: { readonly standalone?: boolean } }
}
const marks = process as unknown as Readonly<Record<string, unknown>>
const version = (name: string): string | undefined => process.versions[name]

const isSea = (): boolean => sea()?.isSea?.() === true

/** Whether Bun, Deno or a packager of Node marks the process as a single executable. */
const isMarked = (): boolean =>
  /^(?:\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/.test(globals.Bun?.main ?? '') ||
  globals.Deno?.build?.standalone === true ||
  ['pkg', '__nexe', 'boxednode'].some((name) => marks[name] !== undefined)

/** Whether one file contains both the runtime and the host. It starts the host whatever its arguments are. */
export const isSingleExecutable = (): boolean => isSea() || isMarked() || process.argv[1] === process.execPath

/**
 * The script that the runtime was started with. Undefined in a single executable, and if the code was given as text
 * (`node -e`).
 */
export const startedScript = (): string | undefined => {
  const [, script] = process.argv
  return script !== undefined && !isSingleExecutable() && existsSync(script) ? script : undefined
}

/** Whether Electron runs as an application. When it runs as Node, it has no process type. */
const isWindow = (): boolean =>
  (version('electron') !== undefined && marks['type'] !== undefined) ||
  version('nw') !== undefined ||
  version('node-webkit') !== undefined

/**
 * The program that this process runs. On Linux it is read from the system, since the host may have replaced
 * `process.execPath`, for instance by a wrapper. If an update has deleted or replaced the file, it is started through
 * the system's link.
 */
const executable = (): string => {
  if (process.platform !== 'linux') return process.execPath
  try {
    const path = readlinkSync('/proc/self/exe')
    return path.endsWith(' (deleted)') ? '/proc/self/exe' : path
  } catch {
    return process.execPath
  }
}

const canRun = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The runtime. If it can only be started as the host, a text that says why. */
export const runtime = (): Runtime | string => {
  if (isSingleExecutable()) return 'the tool is a single executable'
  if (isWindow()) return 'a process of an application with windows would open one'
  const file = executable()
  // If the dynamic loader started the program, it appears to be the loader.
  if (!canRun(file) || /[\\/]ld[-.\w]*\.so[.\d]*$/.test(file)) return 'the executable of the runtime cannot be started'
  return { file, env: version('electron') === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' } }
}
