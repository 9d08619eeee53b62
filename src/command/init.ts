import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { isFramework, type Project, setupOf } from './init-setup.ts'
import { usersPage } from './init-page.ts'
import { type Json, print, UsageError } from './setting.ts'

/** Writes the first lines into a project, and the page for its users. */

export interface InitOptions extends Json {
  readonly endpoint: string
  readonly force?: boolean
  readonly dryRun?: boolean
}

interface PackageFile {
  readonly name?: string
  readonly bin?: string | Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}

const packageOf = (directory: string): PackageFile => {
  const file = join(directory, 'package.json')
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PackageFile
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`${file} cannot be read (${code ?? 'no JSON'}): name the directory of a project`, {
      cause: error,
    })
  }
}

/** What users type; a scope is no part of it. */
const commandOf = ({ name = '', bin }: PackageFile): string => {
  const [first] = typeof bin === 'object' ? Object.keys(bin) : []
  return (first ?? name.replace(/^@[^/]*\//, '')) || 'mytool'
}

/** The command in the shape that the option `app.name` must have. */
const nameOf = (command: string): string =>
  command
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 64) || 'mytool'

const projectAt = (directory: string, endpoint: string): Project => {
  const pack = packageOf(directory)
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint))
    throw new UsageError('--endpoint must be an http or https URL')
  const command = commandOf(pack)
  return {
    command,
    name: nameOf(command),
    endpoint,
    packageName: pack.name ?? command,
    framework: Object.keys(pack.dependencies ?? {}).find(isFramework),
    typescript: existsSync(join(directory, 'tsconfig.json')),
    source: existsSync(join(directory, 'src')) ? 'src' : '.',
  }
}

const write = (path: string, text: string): void => {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  } catch (error) {
    throw new Error(`${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'no code'})`, {
      cause: error,
    })
  }
}

/** Throws where a file would be overwritten, before anything is written. */
export const init = (directory: string, { endpoint, force, dryRun, json }: InitOptions): void => {
  const project = projectAt(directory, endpoint)
  const setup = setupOf(project)
  const files = [
    { path: resolve(directory, setup.file), text: setup.text },
    { path: resolve(directory, 'TELEMETRY.md'), text: usersPage(project) },
  ]
  const there = files.filter(({ path }) => existsSync(path)).map(({ path }) => path)
  if (there.length > 0 && !force && !dryRun)
    throw new UsageError(`${there.join(' and ')} would be overwritten: say --force, or look with --dry-run`)
  if (!dryRun) for (const { path, text } of files) write(path, text)
  const names = files.map(({ path }) => relative(process.cwd(), path))
  print(json, { files: names, next: setup.next }, () =>
    dryRun
      ? files.map(({ path, text }) => `--- ${relative(process.cwd(), path)}\n${text}`).join('\n')
      : `Written: ${names.join(', ')}\n\nNext:\n${setup.next.map((step, index) => `  ${index + 1}. ${step}`).join('\n')}`,
  )
}
