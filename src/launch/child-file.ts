import { readBytes } from '../machine/read-file.ts'
import { startedScript } from '../machine/runtime.ts'
import { dirname, fileURLToPath, fs, join, nodeModule, resolve } from '../machine/node.ts'

const { readFileSync, realpathSync, statSync } = fs

/** The file of the child's program. */
export interface ChildFile {
  readonly path: string
  /** Its text if it is this package's file or a copy of it. That program runs from memory, in any module format. */
  readonly text?: string
}

/** A host's bundle with the child in it may be large. A file of more bytes is not taken for a program. */
const maxBytes = 20_000_000

/** The beginning of the package's own file (`.ci/bundle.mjs`). */
const mark = '/* cq-telemetry/child */'

/**
 * The places of the package's file: beside this file, or found by the package's name (from `dist/command/`, and in a
 * bundled host).
 */
const candidates: readonly (() => string)[] = [
  () => fileURLToPath(new URL('./deliver/main.js', import.meta.url)),
  () =>
    nodeModule()
      .createRequire(import.meta.url)
      .resolve('cq-telemetry/child'),
]

/**
 * Reads the file in the host's process, whose runtime finds it: in an archive of Yarn Plug'n'Play or Electron, and
 * before a temporary installation is removed.
 */
const read = (path: string): ChildFile | undefined => {
  try {
    const stats = statSync(path)
    if (!stats.isFile() || stats.size > maxBytes) return undefined
    const text = readFileSync(path, 'utf8')
    return { path, ...(text.startsWith(mark) && { text }) }
  } catch {
    return undefined
  }
}

/** Tries one candidate at a time, because resolving a package by name takes milliseconds. */
const packageFile = (): ChildFile | undefined => {
  for (const candidate of candidates) {
    try {
      const file = read(candidate())
      if (file) return file
    } catch {
      // The package is not installed there, so the next candidate is tried.
    }
  }
  return undefined
}

/**
 * Resolves a relative path from the tool's script. The working directory may be another user's, with a file of this
 * name.
 */
const fromScript = (path: string): string => resolve(dirname(realpathSync(startedScript() ?? process.execPath)), path)

/** The file that the option `child` names, or the package's own. */
export const childFile = (option: string | undefined): ChildFile | undefined =>
  option === undefined ? packageFile() : read(fromScript(option))

const maxManifestBytes = 1_000_000

/** The `type` of the nearest package.json, found as Node finds it. */
const typeOfPackage = (directory: string): unknown => {
  const parent = dirname(directory)
  const found = readBytes(join(directory, 'package.json'), maxManifestBytes)
  if (found.kind === 'missing' && parent !== directory) return typeOfPackage(parent)
  try {
    return found.kind === 'content' && (JSON.parse(found.bytes.toString('utf8')) as { type?: unknown }).type
  } catch {
    return undefined
  }
}

const isCommonJs = (path: string): boolean =>
  path.endsWith('.cjs') || (path.endsWith('.js') && typeOfPackage(dirname(path)) === 'commonjs')

/** Why a new Node process cannot load the host's own file; undefined if it can. */
export const whyNotLoaded = ({ path }: ChildFile): string | undefined => {
  if (/\.(?:zip|asar)[\\/]|[\\/](?:__|\$\$)virtual(?:__)?[\\/]/.test(path)) return 'its file lies in an archive'
  if (isCommonJs(path) && /^[ \t]*(?:import\b(?!\s*\()|export\b)/m.test(readFileSync(path, 'utf8')))
    return 'its file has the syntax of an ES module, and Node reads it as CommonJS: name it .mjs'
  return undefined
}
