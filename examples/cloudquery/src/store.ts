import type pg from 'pg'
import type { Row, Table } from './providers/provider.ts'

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

const columnsOf = ({ columns }: Table): string =>
  Object.entries(columns)
    .map(([name, type]) => `${quote(name)} ${type}`)
    .join(', ')

/** Rows of one statement. */
const batchSize = 1_000

const insert = async (client: pg.PoolClient, table: Table, rows: readonly Row[]): Promise<void> => {
  const statement = `INSERT INTO ${quote(table.name)} SELECT * FROM json_populate_recordset(NULL::${quote(table.name)}, $1)`
  for (let at = 0; at < rows.length; at += batchSize) {
    await client.query(statement, [JSON.stringify(rows.slice(at, at + batchSize))])
  }
}

/** Replaces the table as a whole: readers see the old rows or the new ones. */
export const replaceTable = async (
  pool: pg.Pool,
  table: Table,
  rows: readonly Row[],
  signal: AbortSignal,
): Promise<void> => {
  const client = await pool.connect()
  // A query that is cancelled may never answer; its connection goes with it.
  const drop = () => client.release(true)
  signal.addEventListener('abort', drop, { once: true })
  try {
    await client.query('BEGIN')
    await client.query(`DROP TABLE IF EXISTS ${quote(table.name)}`)
    await client.query(`CREATE TABLE ${quote(table.name)} (${columnsOf(table)})`)
    await insert(client, table, rows)
    await client.query('COMMIT')
  } catch (error) {
    if (!signal.aborted) await client.query('ROLLBACK').catch(() => undefined)
    throw error
  } finally {
    signal.removeEventListener('abort', drop)
    if (!signal.aborted) client.release()
  }
}
