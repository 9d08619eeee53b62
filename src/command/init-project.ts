import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseTsconfig } from 'get-tsconfig'
import { isObject } from '../api/check-options.ts'
import { readFile, statOf } from '../machine/read-file.ts'
import { UsageError } from './setting.ts'
import { why } from './why.ts'

/** Reads what `init` needs from a project's package.json and tsconfig.json. */

/** The fields of a package.json that are read. */
export interface PackageFile {
  readonly name: string | undefined
  readonly type: string | undefined
  /** The names of its commands, and the file of each. */
  readonly bin: Readonly<Record<string, string | undefined>>
  /** Includes development dependencies, where a bundled tool has its packages. */
  readonly dependencies: readonly string[]
  /** Whether the package is the root of a monorepo, and no tool itself. */
  readonly isMonorepo: boolean
}

/** A longer package.json is not read. */
const maxBytes = 4_000_000

const keysOf = (value: unknown): string[] => (isObject(value) ? Object.keys(value) : [])
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const commandOfPackage = (name: string): string => name.replace(/^@[^/]*\//, '')

const binOf = (name: string | undefined, bin: unknown): PackageFile['bin'] => {
  if (typeof bin === 'string') return name === undefined ? {} : { [commandOfPackage(name)]: bin }
  // Unlike a literal, Object.fromEntries() keeps a command named `__proto__`.
  return isObject(bin) ? Object.fromEntries(Object.entries(bin).map(([key, file]) => [key, textOf(file)])) : {}
}

/** Reads the package.json. Throws a UsageError if there is none that can be read. */
export const packageOf = (directory: string): PackageFile => {
  const file = join(directory, 'package.json')
  try {
    const all = JSON.parse(readFile(file, maxBytes).toString('utf8')) as Record<string, unknown>
    const name = textOf(all['name'])
    return {
      name,
      type: textOf(all['type']),
      bin: binOf(name, all['bin']),
      dependencies: [...keysOf(all['dependencies']), ...keysOf(all['devDependencies'])],
      isMonorepo: all['bin'] === undefined && (all['workspaces'] !== undefined || hasPnpmPackages(directory)),
    }
  } catch (error) {
    const isSystem = (error as NodeJS.ErrnoException).code !== undefined
    const says = isSystem ? why('read', error, absent) : 'cannot be read: it is not a JSON object'
    throw new UsageError(`${file} ${says}`, { cause: error })
  }
}

const remedy = 'name the directory of a project, or make one by npm init'
const absent = { ENOENT: remedy, ENOTDIR: remedy }

const hasPnpmPackages = (directory: string): boolean => existsSync(join(directory, 'pnpm-workspace.yaml'))

const isCommand = (text: string): boolean => /^[\p{L}\p{N}_][\p{L}\p{N}._-]{0,99}$/u.test(text)

/** The command that users type: the first `bin`, else the package's name without its scope. Throws a UsageError. */
export const commandOf = ({ name = '', bin }: PackageFile): string => {
  const command = (Object.keys(bin)[0] ?? commandOfPackage(name)) || 'mytool'
  // The command goes into the page, where it must not become markup.
  if (isCommand(command)) return command
  throw new UsageError(
    `${JSON.stringify(command)} in package.json cannot be the name of a command: change "bin" or "name"`,
  )
}

/** The command in the shape that the option `app.name` must have. */
export const nameOf = (command: string): string =>
  command
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 64) || 'mytool'

/** The compiler option `module`, or an empty text; undefined for a project without tsconfig.json. */
export const compilerModule = (directory: string): string | undefined => {
  const file = join(directory, 'tsconfig.json')
  if (!statOf(file)?.isFile()) return undefined
  try {
    return parseTsconfig(file).compilerOptions?.module ?? ''
  } catch {
    // A base is not installed, or bases form a loop. The compiler will report it.
    return ''
  }
}
