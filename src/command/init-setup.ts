/** The ten lines, for the framework that a project uses. */

export const frameworks = ['commander', 'yargs', 'citty', '@oclif/core', 'cac', 'clipanion', '@stricli/core'] as const
export type Framework = (typeof frameworks)[number]
export const isFramework = (name: string): name is Framework => (frameworks as readonly string[]).includes(name)

export interface Project {
  /** What users type. */
  readonly command: string
  /** The option `app.name`. */
  readonly name: string
  readonly packageName: string
  readonly endpoint: string
  readonly framework: Framework | undefined
  readonly typescript: boolean
  /** Its files are compiled to CommonJS. */
  readonly commonJs?: boolean
  /** Folder of its source. */
  readonly source: string
}

interface Setup {
  readonly file: string
  readonly text: string
  readonly next: readonly string[]
}

/** A string of JavaScript. What a package.json holds must not become code. */
const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`

/** A compiler may put the file into another folder, so that package.json is looked for above it. */
const compiledVersion = (
  commonJs: boolean,
): string => `const here = ${commonJs ? '__dirname' : 'dirname(fileURLToPath(import.meta.url))'}
const versions = ['.', '..', '../..', '../../..']
  .map((up) => join(here, up, 'package.json'))
  .filter((file) => existsSync(file))
  .map((file) => (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version)
const version = versions.find((each) => each !== undefined) ?? '0.0.0'`

const typedImports = (commonJs: boolean): string => `import { existsSync, readFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { ${commonJs ? 'join' : 'dirname, join'} } from 'node:path'${commonJs ? '' : "\nimport { fileURLToPath } from 'node:url'"}`

const options = (
  { name, packageName, endpoint, source, typescript, commonJs = false }: Project,
  hook: boolean,
): string => {
  const up = hook && source !== '.' ? '../../' : hook || source !== '.' ? '../' : './'
  const imports = "import { readFileSync } from 'node:fs'\nimport nodeModule from 'node:module'"
  const version = `const { version } = JSON.parse(readFileSync(new URL('${up}package.json', import.meta.url), 'utf8'))`
  return `${typescript ? typedImports(commonJs) : imports}

// From Node 22.1 on: Node keeps the code that it compiles, so that the next start is faster.
${typescript ? ';(nodeModule as { enableCompileCache?: () => void })' : 'nodeModule'}.enableCompileCache?.()

${typescript ? compiledVersion(commonJs) : version}

const options = {
  app: { name: ${quoted(name)}, version },
  otlp: { endpoint: ${quoted(endpoint)} },
  // What a crash report may name files of: the code that you publish.
  publicNames: { packages: [${quoted(packageName)}] },
}
`
}

interface Recipe {
  readonly imports: string
  readonly call: string
  readonly next: (from: string) => readonly string[]
}

const inspect = ({ command }: Project): string =>
  `${command} <a command> --inspect-telemetry   shows what would be sent`

const recipes: Record<Framework | 'plain', (project: Project) => Recipe> = {
  commander: (project) => ({
    imports: "import { instrumentCommander } from 'cq-telemetry/commander'",
    call: `/** Call it with the program before it parses. */
export const withTelemetry = (program${project.typescript ? ": import('commander').Command" : ''}) => instrumentCommander(program, options)`,
    next: (from) => [
      `import { withTelemetry } from '${from}' and call withTelemetry(program) before program.parseAsync()`,
    ],
  }),
  yargs: (project) => ({
    imports: "import { instrumentYargs } from 'cq-telemetry/yargs'",
    call: `/** Call it before the commands are defined. */
export const withTelemetry = (cli${project.typescript ? ": import('yargs').Argv" : ''}) => instrumentYargs(cli, options)`,
    next: (from) => [
      `import { withTelemetry } from '${from}' and begin with withTelemetry(yargs(hideBin(process.argv))).command(…)`,
    ],
  }),
  citty: (project) => ({
    imports: "import { instrumentCitty } from 'cq-telemetry/citty'",
    call: `export const withTelemetry = (main${project.typescript ? ": import('citty').CommandDef" : ''}) => instrumentCitty(main, options)`,
    next: (from) => [`import { withTelemetry } from '${from}' and write runMain(withTelemetry(main))`],
  }),
  '@oclif/core': ({ typescript, source }) => ({
    imports: "import { oclifHooks } from 'cq-telemetry/oclif'",
    call: `const hooks = oclifHooks(options)
export const { init, prerun } = hooks
export const atTheEnd = hooks.finally`,
    next: () => {
      const folder = source === '.' ? '.' : `./${source}`
      const target = typescript ? './dist/hooks/telemetry.js' : `${folder}/hooks/telemetry.mjs`
      const hooks = Object.entries({ init: 'init', prerun: 'prerun', finally: 'atTheEnd' }).map(
        ([hook, identifier]) => `"${hook}": { "target": "${target}", "identifier": "${identifier}" }`,
      )
      return [
        `name the three hooks in package.json: "oclif": { "hooks": { ${hooks.join(', ')} } }`,
        "add TelemetryCommand of 'cq-telemetry/oclif' to your commands, as telemetry",
      ]
    },
  }),
  cac: (project) => ({
    imports: "import { instrumentCac } from 'cq-telemetry/cac'",
    call: `/** Call it with the program before it parses. */
export const withTelemetry = (cli${project.typescript ? ": import('cac').CAC" : ''}) => instrumentCac(cli, options)`,
    next: (from) => [`import { withTelemetry } from '${from}' and call withTelemetry(cli) before cli.parse()`],
  }),
  clipanion: (project) => ({
    imports: "import { instrumentClipanion } from 'cq-telemetry/clipanion'",
    call: `/** Call it with the program before it runs. */
export const withTelemetry = (cli${project.typescript ? ": import('clipanion').Cli" : ''}) => instrumentClipanion(cli, options)`,
    next: (from) => [
      `import { withTelemetry } from '${from}', make the program by Cli.from([…]) and call withTelemetry(cli) before cli.runExit(…)`,
    ],
  }),
  '@stricli/core': (project) => ({
    imports: "import { instrumentStricli } from 'cq-telemetry/stricli'",
    call: project.typescript
      ? `export const withTelemetry = <Context extends import('@stricli/core').CommandContext>(
  app: import('@stricli/core').Application<Context>,
) => instrumentStricli(app, options)`
      : 'export const withTelemetry = (app) => instrumentStricli(app, options)',
    next: (from) => [`import { withTelemetry } from '${from}' and write run(withTelemetry(app), inputs, context)`],
  }),
  plain: () => ({
    imports: "import { instrument } from 'cq-telemetry'",
    call: `// Names of operations are sent only if they are declared here.
export const telemetry = instrument({
  ...options,
  publicNames: { ...options.publicNames, operations: ['build'] },
})`,
    next: (from) => [`import { telemetry } from '${from}' and write await telemetry.operation('build', () => build())`],
  }),
}

export const setupOf = (project: Project): Setup => {
  const { framework, typescript, source } = project
  const recipe = recipes[framework ?? 'plain'](project)
  const extension = typescript ? 'ts' : 'mjs'
  const hook = framework === '@oclif/core'
  const folder = hook ? `${source}/hooks` : source
  const from = `./telemetry.${typescript ? 'js' : 'mjs'}`
  return {
    file: `${folder}/telemetry.${extension}`,
    text: `${recipe.imports}\n${options(project, hook)}\n${recipe.call}\n`,
    next: [
      'npm install cq-telemetry   (unless it is there)',
      ...recipe.next(from),
      inspect(project),
      `publish TELEMETRY.md, say who you are in it, and point to it: the option docsUrl`,
    ],
  }
}
