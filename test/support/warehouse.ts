import { trackEvents } from '../../src/deliver/rudder/mapping.ts'
import type { Batch } from '../../src/otlp/encode.ts'
import { type Question, sqlOf } from '../../src/report/questions.ts'
import type { Postgres } from './postgres.ts'

/** Rudder's warehouse: a table of each event, a column of each property, in a real PostgreSQL. */

const columnsOf = (value: object, path = ''): [string, unknown][] =>
  Object.entries(value).flatMap(([key, below]): [string, unknown][] => {
    const name = path === '' ? key : `${path}_${key}`
    if (Array.isArray(below)) return [[name, JSON.stringify(below)]]
    return typeof below === 'object' && below !== null ? columnsOf(below as object, name) : [[name, below]]
  })

const types: Record<string, string> = { number: 'double precision', boolean: 'boolean', string: 'text' }

/** What the queries name is there in a warehouse that has seen a tool for long, even if these events lack it. */
const alwaysThere = {
  id: 'text',
  timestamp: 'timestamptz',
  app: 'text',
  version: 'text',
  operation: 'text',
  success: 'boolean',
  duration_ms: 'double precision',
  cookie_id: 'text',
  random_id_persisted: 'boolean',
  cfghash: 'text',
  env_ci: 'boolean',
  env_mac_addr: 'text',
  env_hostname: 'text',
  fetch_id: 'text',
  fetch_provider: 'text',
  fetch_resource_stats: 'text',
}

const tables = ['fetch', 'policy_run', 'operation', 'run']

export const fillWarehouse = async (postgres: Postgres, batches: readonly Batch[]): Promise<void> => {
  const events = batches
    .flatMap(({ resource, spans }) => spans.flatMap((span) => trackEvents(span, resource)))
    .map(({ event, messageId, originalTimestamp, properties }) => ({
      table: event.replaceAll(' ', '_'),
      // The gateway's `timestamp` is the original one where the clock of the client is right.
      columns: Object.fromEntries([
        ['id', messageId],
        ['timestamp', originalTimestamp],
        ...columnsOf(properties),
      ]) as Record<string, unknown>,
    }))
  for (const table of tables) {
    const rows = events.filter((event) => event.table === table).map(({ columns }) => columns)
    const known = new Map<string, string>([
      ...rows.flatMap((row) =>
        Object.entries(row).map(([name, value]) => [name, String(types[typeof value])] as const),
      ),
      ...Object.entries(alwaysThere),
    ])
    const columns = [...known].map(([name, type]) => `"${name}" ${type}`).join(', ')
    await postgres.query(`CREATE TABLE "${table}" (${columns})`)
    await postgres.query(
      `INSERT INTO "${table}" SELECT * FROM json_populate_recordset(NULL::"${table}", $rows$${JSON.stringify(rows)}$rows$)`,
    )
  }
  await postgres.query(sqlOf('rudder', 'runs'))
}

/** The questions that the warehouse answers. */
export const warehouseQuestions = [
  ...(['users-by-day', 'users-by-week', 'retention', 'operations', 'resources', 'versions', 'callers'] as const),
] satisfies Question[]

const dateText = (value: Date): string =>
  new Date(value.getTime() - value.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)

const cell = (value: unknown): unknown => {
  if (value instanceof Date) return dateText(value)
  return /^\d+(?:\.\d+)?$/.test(String(value)) ? Number(value) : value
}

export const askWarehouse = async (postgres: Postgres, question: Question): Promise<Record<string, unknown>[]> =>
  (await postgres.query(sqlOf('rudder', question))).map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [key, cell(value)])),
  )
