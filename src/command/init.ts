import { existsSync } from 'node:fs'
import { extname, join, relative, resolve } from 'node:path'
import { commandOf, compilerModule, nameOf, type PackageFile, packageOf } from './init-project.ts'
import { frameworks } from './init-recipes.ts'
import { type Language, type Project, setupOf } from './init-setup.ts'
import { proseWidthOf } from '../inspect/paint.ts'
import { forStdout, layOut } from './layout.ts'
import { folderOf, imports, type Source, sourcesIn, startsOf } from './init-source.ts'
import { usersPage } from './init-page.ts'
import { isTaken, writeInto } from './project-files.ts'
import { type Json, print, UsageError } from './setting.ts'

/** The command `init`: writes the set-up of telemetry into a project, and the page for its users. */

export interface InitOptions extends Json {
  readonly endpoint: string
  readonly force?: boolean
  readonly dryRun?: boolean
}

const isTypeScript = (path: string): boolean => /\.[mc]?tsx?$/.test(path)

/** Decided by the package's type, unless the compiler option names the module format. */
const compilesToCommonJs = (module: string, { type }: PackageFile): boolean =>
  /^commonjs$/i.test(module) || (type !== 'module' && !/^(?:es|preserve)/i.test(module))

/** In a package without a type, the syntax of a file decides, as in Node. */
const isEsModule = ({ type }: PackageFile, { path, text }: Source): boolean => {
  if (/\.[mc]/.test(extname(path))) return extname(path).startsWith('.m')
  return type === 'module' || (type === undefined && /^(?:import\b(?! *\()|export\b)/m.test(text))
}

const languageOf = (directory: string, pack: PackageFile, start: Source): Language => {
  const module = compilerModule(directory)
  if (!(start.path === '' ? module !== undefined : isTypeScript(start.path)))
    return isEsModule(pack, start) ? 'esm' : 'commonjs'
  const [, letter] = /\.([mc])ts$/.exec(start.path) ?? []
  if (letter !== undefined) return letter === 'c' ? 'typescript to commonjs' : 'typescript'
  // Without a tsconfig.json, Node runs the source directly.
  return compilesToCommonJs(module ?? 'esnext', pack) ? 'typescript to commonjs' : 'typescript'
}

/** The extension of the file, and the one in an import. The program's own imports decide, if it has any. */
const endingsOf = (language: Language, { path, text }: Source, isCompiled: boolean): Project['endings'] => {
  if (language === 'esm') return ['.mjs', '.mjs']
  if (language === 'commonjs') return ['.cjs', '.cjs']
  const [, letter] = /\.([mc])ts$/.exec(path) ?? []
  if (letter !== undefined) return [`.${letter}ts`, `.${letter}js`]
  const [own, ending = ''] = /from\s*['"]\.\.?\/[^'"\n]*?(\.[jt]sx?)?['"]/.exec(text) ?? []
  if (own !== undefined) return ['.ts', ending]
  if (!isCompiled) return ['.ts', '.ts']
  return ['.ts', language === 'typescript' ? '.js' : '']
}

const missingPackages = ({ dependencies }: PackageFile, language: Language): string[] => [
  ...(dependencies.includes('cq-telemetry') ? [] : ['cq-telemetry']),
  ...(language.startsWith('typescript') && !dependencies.includes('@types/node') ? ['--save-dev @types/node'] : []),
]

const refuseMonorepo = (directory: string): never => {
  throw new UsageError(
    `${directory} holds packages, and no command: name the directory of the tool's package, e.g. init packages/cli`,
  )
}

const refuseInstrumented = (sources: readonly Source[]): void => {
  const instrumented = sources.find((source) => imports(source, 'cq-telemetry'))
  if (instrumented) throw new UsageError(`${instrumented.path} has telemetry already: use --force to write it anew`)
}

const projectAt = (directory: string, pack: PackageFile, sources: readonly Source[], endpoint: string): Project => {
  const command = commandOf(pack)
  const bin = pack.bin[command]
  const candidates = frameworks.filter((each) => pack.dependencies.includes(each))
  const framework = candidates.find((each) => sources.some((source) => imports(source, each))) ?? candidates[0]
  const starts = startsOf(sources, framework, bin)
  const start = starts[0] ?? { path: '', text: '' }
  const language = languageOf(directory, pack, start)
  const ofPackage = existsSync(join(directory, 'src')) ? 'src' : '.'
  return {
    command,
    name: nameOf(command),
    endpoint,
    packageName: pack.name ?? command,
    framework,
    language,
    source: starts[0] && framework !== '@oclif/core' ? folderOf(starts[0]) : ofPackage,
    endings: endingsOf(language, start, existsSync(join(directory, 'tsconfig.json'))),
    starts: starts.map(({ path }) => path),
    bin,
    missing: missingPackages(pack, language),
  }
}

const numbered = (step: string, index: number): string => {
  const number = `  ${index + 1}. `
  const lines = layOut(step, proseWidthOf(process.stdout) - number.length)
  return number + lines.replaceAll('\n', `\n${' '.repeat(number.length)}`)
}

/** Whether an earlier `init` has written the file. Then it is no part of the program. */
const isWrittenBefore = (source: Source): boolean =>
  /(?:^|\/)telemetry\.[mc]?[jt]s$/.test(source.path) && imports(source, 'cq-telemetry')

/** Runs the command. Throws before it writes anything if a file exists and `force` is not set. */
export const init = (where: string, { endpoint, force, dryRun, json }: InitOptions): void => {
  const directory = resolve(where)
  const pack = packageOf(directory)
  if (!URL.canParse(endpoint) || !/^https?:/i.test(endpoint))
    throw new UsageError('--endpoint must be an http or https URL')
  const all = sourcesIn(directory)
  const sources = force ? all.filter((source) => !isWrittenBefore(source)) : all
  if (pack.isMonorepo && !force) refuseMonorepo(directory)
  const project = projectAt(directory, pack, sources, endpoint)
  const setup = setupOf(project)
  const files = [
    { path: resolve(directory, setup.file), text: setup.text },
    { path: resolve(directory, 'TELEMETRY.md'), text: usersPage(project) },
  ]
  const existing = files.filter(({ path }) => isTaken(path)).map(({ path }) => path)
  if (existing.length > 0 && !force && !dryRun)
    throw new UsageError(`${existing.join(' and ')} would be overwritten: use --force to do so, or --dry-run to look`)
  if (!force && !dryRun) refuseInstrumented(sources)
  if (!dryRun) for (const { path, text } of files) writeInto(directory, path, text)
  const names = files.map(({ path }) => relative(process.cwd(), path))
  print(json, { files: names, next: setup.next }, () =>
    dryRun
      ? files.map(({ path, text }) => `--- ${relative(process.cwd(), path)}\n${text}`).join('\n')
      : `${forStdout(`Written: ${names.join(', ')}`)}\n\nNext:\n${setup.next.map(numbered).join('\n')}`,
  )
}
