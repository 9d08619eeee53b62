import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

/** The tools of `test/fixtures/hosts`, in the forms in which tools are published. */

export const frameworks = ['commander', 'yargs', 'citty', 'oclif', 'cac', 'clipanion', 'stricli', 'main'] as const
export type Framework = (typeof frameworks)[number]
/** A command of commands. cac has none, so its command has a name with a colon. */
export const pathOf = (framework: string): string[] => (framework === 'cac' ? ['policy:run'] : ['policy', 'run'])
export const forms = ['esm', 'cjs', 'bundled'] as const
export type Form = (typeof forms)[number]

const root = new URL('../..', import.meta.url).pathname
const fixtures = join(root, 'test/fixtures/hosts')

export interface Host {
  /** What Node is started with. */
  readonly script: string
  remove(): void
}

/** What a project that has the packages of this repository looks like. */
const project = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'cq-host-'))
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
  return directory
}

const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'error' } as const
/** For packages that are CommonJS and ask for Node's own modules by `require`. */
const withRequire =
  "import { createRequire as forPackages } from 'node:module'; const require = forPackages(import.meta.url);"

/** One file: with the packages in it, or as CommonJS that asks for them by `require()`. */
const pack = (entry: string, outfile: string, form: Form) =>
  form === 'cjs'
    ? build({ ...common, entryPoints: [entry], outfile, format: 'cjs', packages: 'external' })
    : build({ ...common, entryPoints: [entry], outfile, format: 'esm', external: ['pg'], banner: { js: withRequire } })

/** oclif looks for commands and hooks by what package.json says, so one file has to hold them all. */
const packOclif = async (directory: string, form: Form): Promise<void> => {
  const extension = form === 'cjs' ? 'cjs' : 'mjs'
  const entry = join(fixtures, 'oclif/whole.mjs')
  await pack(entry, join(directory, `whole.${extension}`), form)
  const target = `./whole.${extension}`
  const { oclif, ...rest } = JSON.parse(readFileSync(join(fixtures, 'oclif/package.json'), 'utf8')) as {
    oclif: { commands: object; hooks: Record<string, { identifier: string }> }
  }
  const hooks = Object.fromEntries(Object.entries(oclif.hooks).map(([name, hook]) => [name, { ...hook, target }]))
  const commands = { ...oclif.commands, target }
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...rest, oclif: { ...oclif, commands, hooks } }))
  writeFileSync(join(directory, 'run.mjs'), `import { run } from '${target}'\nrun(import.meta.url)\n`)
}

export const makeHost = async (framework: Framework, form: Form): Promise<Host> => {
  const directory = project()
  const remove = () => rmSync(directory, { recursive: true, force: true })
  if (framework === 'oclif' && form !== 'esm') {
    await packOclif(directory, form)
    return { script: join(directory, 'run.mjs'), remove }
  }
  if (form === 'esm') {
    mkdirSync(join(directory, 'hosts'))
    cpSync(fixtures, join(directory, 'hosts'), { recursive: true })
    return { script: join(directory, 'hosts', framework === 'oclif' ? 'oclif/run.mjs' : `${framework}.mjs`), remove }
  }
  const script = join(directory, `host.${form === 'cjs' ? 'cjs' : 'mjs'}`)
  await pack(join(fixtures, `${framework}.mjs`), script, form)
  return { script, remove }
}
