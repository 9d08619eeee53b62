import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { isObject } from '../api/check-options.ts'
import { readFile } from '../machine/files.ts'
import { isFramework, type Project, setupOf } from './init-setup.ts'
import { usersPage } from './init-page.ts'
import { isTaken, writeInto } from './project-files.ts'
import { type Json, print, UsageError } from './setting.ts'

/** The command `init`: writes the set-up of telemetry into a project, and the page for its users. */

export interface InitOptions extends Json {
  readonly endpoint: string
  readonly force?: boolean
  readonly dryRun?: boolean
}

/** What is read of a package.json; all else in it is ignored. */
interface PackageFile {
  readonly name: string | undefined
  readonly isModule: boolean
  /** The names of its commands. */
  readonly commands: readonly string[]
  readonly dependencies: readonly string[]
}

/** No package.json is longer. */
const maxBytes = 4_000_000

const keysOf = (value: unknown): string[] => (isObject(value) ? Object.keys(value) : [])

const packageOf = (directory: string): PackageFile => {
  const file = join(directory, 'package.json')
  try {
    const { name, bin, type, dependencies } = JSON.parse(readFile(file, maxBytes).toString('utf8')) as Record<
      string,
      unknown
    >
    return {
      name: typeof name === 'string' ? name : undefined,
      isModule: type === 'module',
      commands: keysOf(bin),
      dependencies: keysOf(dependencies),
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`${file} cannot be read (${code ?? 'no JSON'}): name the directory of a project`, {
      cause: error,
    })
  }
}

const isCommand = (text: string): boolean => /^[\p{L}\p{N}_][\p{L}\p{N}._-]{0,99}$/u.test(text)

/** The command that users type: the first `bin`, else the package's name without its scope. */
const commandOf = ({ name = '', commands: [first] }: PackageFile): string => {
  const command = (first ?? name.replace(/^@[^/]*\//, '')) || 'mytool'
  // It goes into the page, where it must not become markup.
  if (isCommand(command)) return command
  throw new UsageError(`${JSON.stringify(command)} in package.json is no name of a command`)
}

/** The command in the shape that the option `app.name` must have. */
const nameOf = (command: string): string =>
  command
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 64) || 'mytool'

/** The text of tsconfig.json, which may hold comments; undefined for a project without TypeScript. */
const compilerOptionsOf = (directory: string): string | undefined => {
  const file = join(directory, 'tsconfig.json')
  return existsSync(file) ? readFile(file, maxBytes).toString('utf8') : undefined
}

/** By the package's type, unless the compiler is to write ES modules for a bundler. */
const compilesToCommonJs = (compilerOptions: string, { isModule }: PackageFile): boolean => {
  const [, module = ''] = /"module"\s*:\s*"(\w+)"/.exec(compilerOptions) ?? []
  return /^commonjs$/i.test(module) || (!isModule && !/^(?:es|preserve)/i.test(module))
}

const projectAt = (directory: string, endpoint: string): Project => {
  const pack = packageOf(directory)
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint))
    throw new UsageError('--endpoint must be an http or https URL')
  const command = commandOf(pack)
  const compilerOptions = compilerOptionsOf(directory)
  return {
    command,
    name: nameOf(command),
    endpoint,
    packageName: pack.name ?? command,
    framework: pack.dependencies.find(isFramework),
    typescript: compilerOptions !== undefined,
    commonJs: compilerOptions !== undefined && compilesToCommonJs(compilerOptions, pack),
    source: existsSync(join(directory, 'src')) ? 'src' : '.',
  }
}

/** Throws, before it writes anything, if a file exists and `force` is not set. */
export const init = (directory: string, { endpoint, force, dryRun, json }: InitOptions): void => {
  const project = projectAt(directory, endpoint)
  const setup = setupOf(project)
  const files = [
    { path: resolve(directory, setup.file), text: setup.text },
    { path: resolve(directory, 'TELEMETRY.md'), text: usersPage(project) },
  ]
  const existing = files.filter(({ path }) => isTaken(path)).map(({ path }) => path)
  if (existing.length > 0 && !force && !dryRun)
    throw new UsageError(`${existing.join(' and ')} would be overwritten: say --force, or look with --dry-run`)
  if (!dryRun) for (const { path, text } of files) writeInto(directory, path, text)
  const names = files.map(({ path }) => relative(process.cwd(), path))
  print(json, { files: names, next: setup.next }, () =>
    dryRun
      ? files.map(({ path, text }) => `--- ${relative(process.cwd(), path)}\n${text}`).join('\n')
      : `Written: ${names.join(', ')}\n\nNext:\n${setup.next.map((step, index) => `  ${index + 1}. ${step}`).join('\n')}`,
  )
}
