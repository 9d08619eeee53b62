import type { Cancellation } from './cancel.ts'
import { type Config, loadConfig, writeTemplate } from './config.ts'
import { type Database, openDatabase } from './database.ts'
import { Failure } from './failure.ts'
import { fetchAll, plan } from './fetch.ts'
import { loadPolicy, runPolicy, select, shippedPolicies } from './policy.ts'
import { providers } from './providers/index.ts'
import { build, keepConfig, telemetry } from './telemetry.ts'

export interface Globals {
  readonly config?: string
  readonly dsn?: string
  readonly dataDir: string
}

/** Which of the global options the user gave. */
const used = ({ config, dsn }: Globals) => [
  ...(config === undefined ? [] : (['config'] as const)),
  ...(dsn === undefined ? [] : (['dsn'] as const)),
]

const configure = (globals: Globals): Config => {
  const config = loadConfig(globals.config)
  keepConfig(config)
  return config
}

/** Telemetry asks the server who it is while the work goes on; the server is there until it has answered. */
const withDatabase = async <T>(
  globals: Globals,
  config: Config,
  use: (database: Database) => Promise<T>,
): Promise<T> => {
  const database = await openDatabase({ dsn: globals.dsn ?? config.dsn, dataDir: globals.dataDir })
  const identified = telemetry.identifyDatabase(database.pool)
  try {
    const result = await use(database)
    await identified
    return result
  } finally {
    await database.close()
  }
}

export const init = (globals: Globals, force: boolean): void =>
  telemetry.operation({ name: 'init', options: force ? ['force'] : [] }, () => {
    const file = globals.config ?? 'cloudquery.yml'
    writeTemplate(file, force)
    console.log(`Wrote ${file}. Next: cloudquery fetch`)
  })

export const fetch = (globals: Globals, named: readonly string[], { signal }: Cancellation): Promise<void> =>
  telemetry.operation({ name: 'fetch', options: used(globals) }, async (operation) => {
    const config = configure(globals)
    const plans = plan(config, named)
    operation.set({
      database: (globals.dsn ?? config.dsn) === undefined ? 'embedded' : 'given',
      tables: plans.reduce((sum, { tables }) => sum + tables.length, 0),
    })
    await withDatabase(globals, config, (database) => fetchAll(operation, plans, database, signal))
  })

/** Returns the number of checks that failed. They are what the policy found, and no failure of the command. */
export const policyRun = (globals: Globals, file: string, only?: string): Promise<number> =>
  telemetry.operation({ name: 'policy run', options: used(globals) }, async (operation) => {
    const config = configure(globals)
    const policy = select(loadPolicy(file), only)
    const name = policy.name as 'postgres-basics'
    const isPrivate = !shippedPolicies.includes(policy.name)
    const failed = await withDatabase(globals, config, (database) =>
      operation.policy(
        { name, type: 'file', private: isPrivate, persistence: 'none', selected: only !== undefined },
        (unit) => runPolicy(policy, database, unit),
      ),
    )
    operation.set({ failed_checks: failed })
    return failed
  })

export const providerList = (): void =>
  telemetry.operation('provider list', () => {
    for (const { name, version, tables } of providers) {
      console.log(`${name}  ${version}`)
      for (const table of tables) console.log(`  ${table.name}`)
    }
  })

export const version = (): void =>
  telemetry.operation('version', () => console.log(`cloudquery ${build.version} (${build.commit}, ${build.date})`))

/** The message for the user, and the exit code. What cancelled goes before what that broke. */
export const fail = (error: unknown, cancellation: Cancellation): number => {
  const code = cancellation.exitCode()
  if (code !== undefined) {
    console.error('Cancelled.')
    return code
  }
  console.error(`Error: ${error instanceof Error ? error.message : 'unknown'}`)
  return error instanceof Failure ? error.exitCode : 1
}
