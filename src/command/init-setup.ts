import { type Framework, type Recipe, recipes } from './init-recipes.ts'

/** The file that `init` writes, and the remaining steps for the author. */

/** How a file is written: its language, and what its modules are compiled to. */
export type Language = 'typescript' | 'typescript to commonjs' | 'esm' | 'commonjs'

export interface Project {
  /** The command that users type. */
  readonly command: string
  /** The option `app.name`. */
  readonly name: string
  readonly packageName: string
  readonly endpoint: string
  readonly framework: Framework | undefined
  readonly language: Language
  /** The folder of the source file. */
  readonly source: string
  /** The extensions of the file, and of the file in an import, e.g. `.ts` and `.js`. */
  readonly endings: readonly [file: string, imported: string]
  /** The files that may start the program, the most likely one first. */
  readonly starts: readonly string[]
  /** The file of the command. */
  readonly bin?: string | undefined
  /** The arguments for `npm install`, one for each missing package. */
  readonly missing: readonly string[]
}

interface Setup {
  readonly file: string
  readonly text: string
  readonly next: readonly string[]
}

/** The example that stands for the author's endpoint. Nothing can be sent there. */
export const exampleEndpoint = 'https://telemetry.example.org'

/** A string literal of JavaScript. Text of a package.json must not become code. */
const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`

const isTyped = (language: Language): boolean => language.startsWith('typescript')

/** The folder of the file; `__dirname` if a bundler turns the file into CommonJS. */
const here: Readonly<Record<Language, string>> = {
  typescript: 'import.meta.dirname ?? __dirname',
  'typescript to commonjs': '__dirname',
  esm: 'import.meta.dirname ?? __dirname',
  commonjs: '__dirname',
}

/**
 * Code that finds the version. A compiler may put the file into another folder, so it looks for package.json in the
 * folders above.
 */
const compiledVersion = (language: Language): string => `const here = ${here[language]}
const versions = ['.', '..', '../..', '../../..']
  .map((up) => join(here, up, 'package.json'))
  .filter((file) => existsSync(file))
  .map((file) => (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version)
const version = versions.find((each) => each !== undefined) ?? '0.0.0'`

const upFrom = (folder: string): string => (folder === '.' ? './' : '../'.repeat(folder.split('/').length))

const versionOf = (language: Language, folder: string): string => {
  if (isTyped(language)) return compiledVersion(language)
  const file = `join(${here[language]}, '${upFrom(folder)}package.json')`
  return `const { version } = JSON.parse(readFileSync(${file}, 'utf8'))`
}

const compileCache: Readonly<Record<'typed' | 'plain', string>> = {
  typed: ';(nodeModule as { enableCompileCache?: () => void }).enableCompileCache?.()',
  plain: 'nodeModule.enableCompileCache?.()',
}

/** The file as an ES module. */
const textOf = ({ name, packageName, endpoint, language }: Project, recipe: Recipe, folder: string): string => {
  const typed = isTyped(language)
  return `${typed ? '/// <reference types="node" />\n' : ''}${recipe.imports}
import { ${typed ? 'existsSync, ' : ''}readFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { join } from 'node:path'

// Node.js 22.1 and newer keeps the code that it compiles, so that the next start is faster.
${compileCache[typed ? 'typed' : 'plain']}

${versionOf(language, folder)}

const options = {
  app: { name: ${quoted(name)}, version },
  otlp: { endpoint: ${quoted(endpoint)} },
  // Crash reports may name files of these packages: the code that you publish.
  publicNames: { packages: [${quoted(packageName)}] },
}

${(typed && recipe.typed) || recipe.call}
`
}

/**
 * The file as CommonJS. The expressions change whole lines, and a string of the project never takes a whole line, so
 * none is changed.
 */
const asCommonJs = (text: string): string =>
  text
    .replaceAll(/^import (?:\* as )?(\{.*\}|\w+) from (.*)$/gm, 'const $1 = require($2)')
    .replaceAll(/^export const (\w+) =/gm, 'exports.$1 =')
    .replaceAll(/^export \{ (\w+) \}$/gm, 'exports.$1 = $1')

const importOf = ({ language, endings }: Project, { names }: Recipe): string => {
  const from = `./telemetry${endings[1]}`
  return language === 'commonjs'
    ? `const { ${names.join(', ')} } = require('${from}')`
    : `import { ${names.join(', ')} } from '${from}'`
}

const oclifSteps = ({ language, source, endings }: Project): string[] => {
  const typed = isTyped(language)
  const folder = source === '.' ? '.' : `./${source}`
  const target = typed ? './dist/hooks/telemetry.js' : `${folder}/hooks/telemetry${endings[0]}`
  const hooks = Object.entries({ init: 'init', prerun: 'prerun', finally: 'atTheEnd' }).map(
    ([hook, identifier]) => `"${hook}": { "target": "${target}", "identifier": "${identifier}" }`,
  )
  const reexport =
    language === 'commonjs'
      ? "exports.default = require('cq-telemetry/oclif').TelemetryCommand"
      : "export { TelemetryCommand as default } from 'cq-telemetry/oclif'"
  return [
    `name the three hooks in package.json: "oclif": { "hooks": { ${hooks.join(', ')} } }`,
    `add the command: ${folder}/commands/telemetry.${typed ? 'ts' : 'js'} with ${reexport}`,
  ]
}

const programSteps = (project: Project, recipe: Recipe): string[] => {
  const [first, ...others] = project.starts
  const or = others.length === 0 ? '' : ` (or ${others.slice(0, 3).join(', ')}, if the program starts there)`
  // If CommonJS is run as it is, it has no `await` outside of a function.
  const use = project.language === 'commonjs' ? recipe.use.replace('await withTelemetry', 'withTelemetry') : recipe.use
  return [
    `in ${first === undefined ? 'the file that starts the program' : `${first}${or}`}: ${importOf(project, recipe)}`,
    use,
  ]
}

/** How the author starts the tool before it is installed. */
const started = ({ command, bin }: Project): string =>
  bin === undefined ? command : `node ${bin.replace(/^\.\//, '')}`

const stepsOf = (project: Project, recipe: Recipe, file: string): string[] => {
  const { framework, name, missing, endpoint } = project
  const tool = started(project)
  const telemetry = recipe.addsCommand ? `${tool} telemetry` : `npx cq-telemetry --tool ${name}`
  return [
    ...missing.map((each) => `npm install ${each}`),
    ...(framework === '@oclif/core' ? oclifSteps(project) : programSteps(project, recipe)),
    ...(endpoint === exampleEndpoint
      ? [`set otlp.endpoint in ${file} to the address of your collector; what is there is an example`]
      : []),
    `${tool}${recipe.addsCommand ? ' <a command>' : ''} --inspect-telemetry   shows what would be sent, and sends nothing`,
    `${telemetry} status   says whether it is on and why; ${telemetry} disable   switches it off`,
    'add your name and how to reach you to TELEMETRY.md, publish it, and set the option docsUrl to its address',
    'to send from your checkout and your tests as well, set sendInDevelopment: true. By default they send nothing',
  ]
}

export const setupOf = (project: Project): Setup => {
  const { framework, language, source, endings } = project
  const recipe = recipes[framework ?? 'plain']
  const folder = framework === '@oclif/core' ? (source === '.' ? 'hooks' : `${source}/hooks`) : source
  const file = `${folder === '.' ? '' : `${folder}/`}telemetry${endings[0]}`
  const text = textOf(project, recipe, folder)
  return { file, text: language === 'commonjs' ? asCommonJs(text) : text, next: stepsOf(project, recipe, file) }
}
