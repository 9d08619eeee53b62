import { fs, sea } from './node.ts'

const { accessSync, constants, existsSync, readlinkSync } = fs

/** How the runtime of this process is started again, with a program of our own. */
export interface Runtime {
  readonly file: string
  /** Variables without which it would start something else. */
  readonly env: Readonly<Record<string, string>>
}

/** Of Bun and of Deno. */
const globals = globalThis as unknown as {
  readonly Bun?: { readonly main?: string }
  readonly Deno?: { readonly build?: { readonly standalone?: boolean } }
}
const marks = process as unknown as Readonly<Record<string, unknown>>
const version = (name: string): string | undefined => process.versions[name]

const isSea = (): boolean => sea()?.isSea?.() === true

/** Bun's and Deno's own, and what the packagers of Node say of themselves. */
const isMarked = (): boolean =>
  /^(?:\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/.test(globals.Bun?.main ?? '') ||
  globals.Deno?.build?.standalone === true ||
  ['pkg', '__nexe', 'boxednode'].some((name) => marks[name] !== undefined)

/** One file that holds the runtime and the host. Whatever its arguments are, it starts the host. */
export const isSingleExecutable = (): boolean => isSea() || isMarked() || process.argv[1] === process.execPath

/** The script that the runtime was started with; undefined in a single executable, and where a text was run (`node -e`). */
export const startedScript = (): string | undefined => {
  const [, script] = process.argv
  return script !== undefined && !isSingleExecutable() && existsSync(script) ? script : undefined
}

/** Electron has no process type where it runs as Node. */
const isWindow = (): boolean =>
  (version('electron') !== undefined && marks['type'] !== undefined) ||
  version('nw') !== undefined ||
  version('node-webkit') !== undefined

/**
 * The program that this process runs. On Linux the system says it: the host may have replaced `process.execPath`, by a
 * wrapper for instance. A file that was deleted or replaced meanwhile, by an update, is started through this link itself.
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

/** The runtime, or, as a text, why it can only be started as the host. */
export const runtime = (): Runtime | string => {
  if (isSingleExecutable()) return 'the tool is a single executable'
  if (isWindow()) return 'a process of an application with windows would open one'
  const file = executable()
  // A program that was started by the dynamic loader looks like the loader.
  if (!canRun(file) || /[\\/]ld[-.\w]*\.so[.\d]*$/.test(file)) return 'the executable of the runtime cannot be started'
  return { file, env: version('electron') === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' } }
}
