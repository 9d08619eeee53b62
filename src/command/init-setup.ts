/** The ten lines, for the framework that a project uses. */

export const frameworks = ['commander', 'yargs', 'citty', '@oclif/core'] as const
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

const options = ({ name, packageName, endpoint, source }: Project, typed: boolean, hook: boolean): string => {
  const up = hook ? '../../' : source === '.' ? './' : '../'
  const cache = typed ? '(module as { enableCompileCache?: () => void })' : 'module'
  return `import { readFileSync } from 'node:fs'
import module from 'node:module'

// From Node 22.1 on: Node keeps the code that it compiles, so that the next start is faster.
${cache}.enableCompileCache?.()

const { version } = JSON.parse(readFileSync(new URL('${up}package.json', import.meta.url), 'utf8'))${typed ? ' as { version: string }' : ''}

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
  '@oclif/core': () => ({
    imports: "import { oclifHooks } from 'cq-telemetry/oclif'",
    call: 'export const { init, prerun, command_not_found } = oclifHooks(options)',
    next: () => [
      'name the three hooks in package.json: "oclif": { "hooks": { "init": { "target": "./dist/hooks/telemetry", "identifier": "init" }, … } }',
    ],
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
    text: `${recipe.imports}\n${options(project, typescript, hook && source !== '.')}\n${recipe.call}\n`,
    next: [
      'npm install cq-telemetry   (unless it is there)',
      ...recipe.next(from),
      inspect(project),
      `publish TELEMETRY.md, say who you are in it, and point to it: the option docsUrl`,
    ],
  }
}
