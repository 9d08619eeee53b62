import { nodeModule } from '../machine/node.ts'
import type { Debug } from '../machine/debug.ts'
import type { Queryable } from '../api/telemetry.ts'
import { leadingNumbers } from '../machine/system.ts'
import { patient } from '../machine/patience.ts'

/** Milliseconds that the facts of the database may take. */
const defaultLimitMs = 1_000

/**
 * First the right alone: a refusal would abort a transaction that the client may be in, and fill the server's log.
 * A server that has no such function answers null. The uptime is asked of the server's own clock.
 */
const rightQuery = `SELECT has_function_privilege(to_regprocedure('pg_control_system()'), 'execute') AS allowed`
const factsQuery = `SELECT current_setting('server_version') AS number, version() AS text,
  floor(extract(epoch FROM now() - pg_postmaster_start_time()))::bigint::text AS uptime`
const idQuery = 'SELECT system_identifier::text AS id FROM pg_control_system()'

/** Products that speak PostgreSQL's protocol and say so in `version()`. */
const products = ['CockroachDB', 'Redshift', 'YugabyteDB', 'Greenplum']

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

type Facts = Record<string, unknown>

/** What is known so far goes into `known` at once: a server that stops answering has still told its version. */
const ask = async (client: Queryable, known: Facts): Promise<void> => {
  const [facts] = (await client.query(factsQuery)).rows
  const number = leadingNumbers(textOf(facts?.['number']))
  const text = textOf(facts?.['text'])
  const product = products.find((name) => text.includes(name)) ?? 'PostgreSQL'
  const uptime = textOf(facts?.['uptime'])
  known['db.system.name'] = 'postgresql'
  if (number !== undefined) known['cq.database.version'] = number
  if (number !== undefined) known['cq.database.full_version'] = `${product} ${number}`
  if (/^\d{1,12}$/.test(uptime)) known['cq.database.uptime'] = Number(uptime)
  const [right] = (await client.query(rightQuery)).rows
  if (right?.['allowed'] !== true) return
  const [row] = (await client.query(idQuery)).rows
  if (typeof row?.['id'] === 'string') known['cq.database.id'] = row['id']
}

/** The part of the optional peer `pg` that is used. */
interface PgClient extends Queryable {
  connect(): Promise<unknown>
  end(): Promise<void>
  unref?(): void
  on(event: 'error', listener: () => void): void
}

/**
 * The peer is loaded only here, for a connection string. By `require`: code that V8 has kept from an earlier run imports
 * nothing (tried: "a dynamic import callback was not specified").
 */
const connect = (connectionString: string, limitMs: number): PgClient => {
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

const withOwnClient = async (connectionString: string, known: Facts, limitMs: number): Promise<void> => {
  const client = connect(connectionString, limitMs)
  try {
    await client.connect()
    await ask(client, known)
  } finally {
    void client.end().catch(() => undefined)
    // A server that does not hang up would otherwise hold the host's process.
    client.unref?.()
  }
}

/** The reason without its text, which may hold an address or a user's name. */
const codeOf = (error: unknown): string => {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' && /^[A-Z0-9_]{3,40}$/.test(code) ? code : 'no code'
}

/** Attributes of the database, as far as it tells within the limit; what it does not tell is left out. Never rejects. */
export const databaseFacts = async (
  database: Queryable | string,
  debug: Debug,
  limitMs = patient(defaultLimitMs),
): Promise<Facts> => {
  const known: Facts = {}
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('time')), limitMs)
  })
  try {
    const asked = typeof database === 'string' ? withOwnClient(database, known, limitMs) : ask(database, known)
    await Promise.race([asked, limit])
  } catch (error) {
    debug(`the database does not tell all of its facts (${codeOf(error)})`)
  } finally {
    clearTimeout(timer)
  }
  return { ...known }
}
