import type { OperationUnit, ProviderUnit } from 'cq-telemetry'
import { paint } from './colours.ts'
import type { Config, ProviderConfig } from './config.ts'
import type { Database } from './database.ts'
import { codeOf, Failure } from './failure.ts'
import { forEachLimited } from './limit.ts'
import { type Progress, startProgress } from './progress.ts'
import { providers } from './providers/index.ts'
import type { Provider, Table } from './providers/provider.ts'
import { replaceTable } from './store.ts'

/** Tables of a provider that are fetched at the same time. */
const concurrency = 4

interface Plan {
  readonly provider: Provider
  readonly tables: readonly Table[]
}

const planOf = ({ name, resources, skip }: ProviderConfig): Plan[] => {
  const provider = providers.find((each) => each.name === name)
  if (!provider) return []
  const wanted = ({ name: table }: Table) =>
    (resources.includes('*') || resources.includes(table)) && !skip.includes(table)
  return [{ provider, tables: provider.tables.filter(wanted) }]
}

/** The providers of the configuration, or those of them that are named. */
export const plan = (config: Config, named: readonly string[]): Plan[] => {
  const configured = config.providers.map(({ name }) => name)
  const unknown = named.find((name) => !configured.includes(name))
  if (unknown !== undefined) {
    throw new Failure(`unknown provider "${unknown}"; the configuration has: ${configured.join(', ') || 'none'}`)
  }
  return config.providers.filter(({ name }) => named.length === 0 || named.includes(name)).flatMap(planOf)
}

interface Work {
  readonly database: Database
  readonly signal: AbortSignal
  readonly progress: Progress
}

interface Tally {
  rows: number
  readonly failed: { name: string; reason: string; error: unknown }[]
  fetched: number
}

const fetchTable = async (table: Table, unit: ProviderUnit, { database: { pool }, signal }: Work): Promise<number> =>
  unit.resource(table.name, async (resource) => {
    const rows = await table.rows({ pool, signal })
    signal.throwIfAborted()
    await replaceTable(pool, table, rows, signal)
    resource.count(rows.length)
    return rows.length
  })

/** One table that fails does not take the others along. */
const tryTable = async (table: Table, unit: ProviderUnit, work: Work, tally: Tally): Promise<void> => {
  try {
    const rows = await fetchTable(table, unit, work)
    tally.rows += rows
    tally.fetched += 1
    work.progress.done(table.name, `${rows} rows`)
  } catch (error) {
    if (work.signal.aborted) return
    const reason = codeOf(error) === '42501' ? 'no permission' : (error as Error).message
    unit.diagnostic({ severity: 'error', type: codeOf(error) === '42501' ? 'access' : 'resolving' })
    tally.failed.push({ name: table.name, reason, error })
    work.progress.done(table.name, paint('red', `failed: ${reason}`))
  }
}

const untilAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  let abort = () => undefined as void
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', abort))
}

/** Fetches what is planned. Throws where nothing could be fetched, or where the signal cancels it. */
export const fetchAll = async (
  operation: OperationUnit,
  plans: readonly Plan[],
  database: Database,
  signal: AbortSignal,
): Promise<void> => {
  const tally: Tally = { rows: 0, failed: [], fetched: 0 }
  const progress = startProgress(plans.reduce((sum, { tables }) => sum + tables.length, 0))
  const work: Work = { database, signal, progress }
  try {
    for (const { provider, tables } of plans) {
      const { name, version } = provider
      await operation.provider({ name, version }, (unit) =>
        untilAborted(
          forEachLimited(tables, concurrency, signal, (table) => tryTable(table, unit, work, tally)),
          signal,
        ),
      )
    }
  } finally {
    progress.end()
  }
  report(tally)
}

const report = ({ rows, fetched, failed }: Tally): void => {
  const [first] = failed
  if (fetched === 0 && first) {
    throw new Failure(`nothing could be fetched: ${first.name}: ${first.reason}`, { cause: first.error })
  }
  console.log(`${paint('green', 'Fetched')} ${rows} rows into ${fetched} tables.`)
  if (failed.length > 0)
    console.error(`Warning: ${failed.length} tables could not be fetched: ${failed.map(({ name }) => name).join(', ')}`)
}
