import { nodeModule } from '../machine/node.ts'
import type { Debug } from '../machine/debug.ts'
import { codeOf } from '../machine/error-code.ts'
import type { Queryable } from '../api/telemetry.ts'
import { leadingNumbers } from '../machine/system.ts'
import { timeLimit } from '../machine/time-limit.ts'

/** Milliseconds for all queries together. */
const defaultLimitMs = 1_000

/**
 * Checks the privilege before the id is queried. A refused query would abort a transaction that the client may be in,
 * and add an error to the server's log. A server without this function answers null.
 */
const privilegeQuery = `SELECT has_function_privilege(to_regprocedure('pg_control_system()'), 'execute') AS allowed`
/** The server computes the uptime, because its clock may differ from ours. */
const factsQuery = `SELECT current_setting('server_version') AS number, version() AS text,
  floor(extract(epoch FROM now() - pg_postmaster_start_time()))::bigint::text AS uptime`
const idQuery = 'SELECT system_identifier::text AS id FROM pg_control_system()'

/** Products that speak PostgreSQL's protocol, by their name in `version()`. */
const products = ['CockroachDB', 'Redshift', 'YugabyteDB', 'Greenplum']

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

type Facts = Record<string, unknown>

/** Adds each fact to `facts` as soon as it is read, so that a server that stops answering still yields its version. */
const readFacts = async (client: Queryable, facts: Facts, identify: boolean): Promise<void> => {
  const [server] = (await client.query(factsQuery)).rows
  const number = leadingNumbers(textOf(server?.['number']))
  const text = textOf(server?.['text'])
  const product = products.find((name) => text.includes(name)) ?? 'PostgreSQL'
  const uptime = textOf(server?.['uptime'])
  facts['db.system.name'] = 'postgresql'
  if (number !== undefined) facts['cq.database.version'] = number
  if (number !== undefined) facts['cq.database.full_version'] = `${product} ${number}`
  // The start time of the server, which follows from the uptime, identifies it as well as an id does.
  if (!identify) return
  if (/^\d{1,12}$/.test(uptime)) facts['cq.database.uptime'] = Number(uptime)
  const [privilege] = (await client.query(privilegeQuery)).rows
  if (privilege?.['allowed'] !== true) return
  const [row] = (await client.query(idQuery)).rows
  if (typeof row?.['id'] === 'string') facts['cq.database.id'] = row['id']
}

/** The part of a client of the optional peer `pg` that is used here. */
interface PgClient extends Queryable {
  connect(): Promise<unknown>
  end(): Promise<void>
  unref?(): void
  on(event: 'error', listener: () => void): void
}

/**
 * Loads `pg`, which is needed only for a connection string. Throws if the host has not installed it. By `require`,
 * because `import()` fails in code that was compiled from a string (tried: "a dynamic import callback was not
 * specified").
 */
const createClient = (connectionString: string, limitMs: number): PgClient => {
  const pg = nodeModule().createRequire(import.meta.url)('pg') as typeof import('pg')
  const client: PgClient = new pg.Client({
    connectionString,
    connectionTimeoutMillis: limitMs,
    statement_timeout: limitMs,
    query_timeout: limitMs,
  })
  client.on('error', () => undefined)
  return client
}

const readFactsFrom = async (
  connectionString: string,
  facts: Facts,
  identify: boolean,
  limitMs: number,
): Promise<void> => {
  const client = createClient(connectionString, limitMs)
  try {
    await client.connect()
    await readFacts(client, facts, identify)
  } finally {
    void client.end().catch(() => undefined)
    // A server that does not close the connection would otherwise keep the host's process alive.
    client.unref?.()
  }
}

/**
 * The attributes of the database that it returns within the limit. The others are absent. Without `identify`, only
 * attributes that many databases share. Never rejects.
 */
export const databaseFacts = async (
  database: Queryable | string,
  debug: Debug,
  identify = true,
  limitMs = timeLimit(defaultLimitMs),
): Promise<Facts> => {
  const facts: Facts = {}
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('time')), limitMs)
  })
  try {
    const reading =
      typeof database === 'string'
        ? readFactsFrom(database, facts, identify, limitMs)
        : readFacts(database, facts, identify)
    await Promise.race([reading, limit])
  } catch (error) {
    debug(`the database does not tell all of its facts (${codeOf(error)})`)
  } finally {
    clearTimeout(timer)
  }
  // A copy, because queries that are still running after the limit add to the original.
  return { ...facts }
}
