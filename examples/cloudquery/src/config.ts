import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parse, YAMLParseError } from 'yaml'
import { Failure } from './failure.ts'
import { providers } from './providers/index.ts'

/** Which tables of a provider are fetched: `*` or names, less those that are skipped. */
export interface ProviderConfig {
  readonly name: string
  readonly resources: readonly string[]
  readonly skip: readonly string[]
}

export interface Config {
  readonly dsn?: string
  readonly providers: readonly ProviderConfig[]
}

const everything: Config = {
  providers: providers.map(({ name }) => ({ name, resources: ['*'], skip: [] })),
}

const template = `# What cloudquery fetches. Every part can be left out.

# Where to write to. Without it, a PostgreSQL of cloudquery's own in the data directory.
# dsn: postgres://user@localhost:5432/database

providers:
${providers.map(({ name, tables }) => `  - name: ${name}\n    resources: ['*'] # ${tables.map((table) => table.name).join(', ')}\n    skip: []\n`).join('')}`

const defaultFiles = ['cloudquery.yml', 'cloudquery.yaml']

const known = (names: readonly string[]): string => `known are: ${names.join(', ')}`
const fail = (file: string, what: string): never => {
  throw new Failure(`${file}: ${what}`)
}

const textsAt = (file: string, entry: Record<string, unknown>, key: string, fallback: readonly string[]) => {
  const value = entry[key] ?? fallback
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) {
    return fail(file, `"${key}" must be a list of table names`)
  }
  return value as string[]
}

const readProvider = (file: string, entry: unknown): ProviderConfig => {
  const fields = (typeof entry === 'string' ? { name: entry } : (entry ?? {})) as Record<string, unknown>
  const provider = providers.find(({ name }) => name === fields['name'])
  if (!provider) {
    return fail(file, `unknown provider "${String(fields['name'])}"; ${known(providers.map(({ name }) => name))}`)
  }
  const tables = provider.tables.map(({ name }) => name)
  const resources = textsAt(file, fields, 'resources', ['*'])
  const skip = textsAt(file, fields, 'skip', [])
  const unknown = [...resources, ...skip].find((name) => name !== '*' && !tables.includes(name))
  if (unknown !== undefined)
    fail(file, `unknown resource "${unknown}" of provider "${provider.name}"; ${known(tables)}`)
  return { name: provider.name, resources, skip }
}

const read = (file: string, content: unknown): Config => {
  if (content === null || content === undefined) return everything
  if (typeof content !== 'object' || Array.isArray(content))
    return fail(file, 'must be a map with "providers" and "dsn"')
  const { dsn, providers: listed, ...rest } = content as Record<string, unknown>
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) fail(file, `unknown key "${unknown}"; ${known(['providers', 'dsn'])}`)
  if (dsn !== undefined && typeof dsn !== 'string') fail(file, '"dsn" must be a connection string')
  if (listed !== undefined && !Array.isArray(listed)) fail(file, '"providers" must be a list')
  return {
    ...(typeof dsn === 'string' && { dsn }),
    providers: Array.isArray(listed) ? listed.map((entry) => readProvider(file, entry)) : everything.providers,
  }
}

const readFile = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Failure(`cannot read the configuration ${file}: check --config, or write one with "cloudquery init"`, {
      cause,
    })
  }
}

/** The configuration of `--config`, or of the default files, or everything where there is none. */
export const loadConfig = (given: string | undefined): Config => {
  const file = given ?? defaultFiles.find((name) => existsSync(name))
  if (file === undefined) return everything
  try {
    return read(file, parse(readFile(file)))
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error
    const [position] = error.linePos ?? []
    const at = position ? `line ${position.line}, column ${position.col}` : 'somewhere'
    throw new Failure(`${file} is not YAML: ${at}: ${error.code.toLowerCase().replaceAll('_', ' ')}`, { cause: error })
  }
}

/** Writes a configuration with comments. */
export const writeTemplate = (file: string, force: boolean): void => {
  try {
    writeFileSync(file, template, { flag: force ? 'w' : 'wx' })
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    throw new Failure(
      exists ? `${file} is there already: --force overwrites it` : `cannot write ${file}: check its directory`,
      {
        cause,
      },
    )
  }
}
