import pg from 'pg'
import { startServer } from './embedded/server.ts'
import { codeOf, Failure } from './failure.ts'

/** The server that is read, and written to. */
export interface Database {
  readonly pool: pg.Pool
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly dsn: string | undefined
  readonly dataDir: string
}

/** Milliseconds after which a server that does not answer counts as not there. */
const connectMs = 5_000

/** Four tables are fetched at a time, and telemetry asks the server who it is. */
const clients = 5

/** Without a limit of time: waiting for a free client counts towards it, and the server was just seen to answer. */
const poolOf = (config: pg.PoolConfig): pg.Pool => {
  const pool = new pg.Pool({ ...config, max: clients, application_name: 'cloudquery' })
  // A client that idles may lose its server; the next query says so.
  pool.on('error', () => undefined)
  return pool
}

const remedies: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there: check host and port',
  ENOTFOUND: 'the host name is not known: check it',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ETIMEDOUT: 'the server does not answer: check host, port and firewall',
  '28P01': 'the password is wrong',
  '28000': 'the role may not log in',
  '3D000': 'there is no such database',
}

/** The DSN holds a password: it is in no message, and neither is what the driver says of it. */
const cannotConnect = (cause: unknown): Failure =>
  new Failure(
    `cannot connect to the database of --dsn: ${remedies[codeOf(cause) ?? ''] ?? 'check the connection string'}`,
    { cause },
  )

const notAConnectionString = (): Failure =>
  new Failure('--dsn is not a connection string: it looks like postgres://user@host:5432/database')

/** The driver's own errors have no code: whatever they say, there is no connection. */
const withCode = (error: unknown): unknown => {
  if (codeOf(error) !== undefined) return error
  const timedOut = error instanceof Error && /timeout/.test(error.message)
  return Object.assign(new Error('no connection'), { code: timedOut ? 'ETIMEDOUT' : 'ENOTCONN' })
}

/** With a client of its own: the pool forgets one that could not log in, and its open connection keeps the process. */
const check = async (connectionString: string): Promise<void> => {
  let client: pg.Client | undefined
  try {
    client = new pg.Client({ connectionString, connectionTimeoutMillis: connectMs })
    client.on('error', () => undefined)
    await client.connect()
  } catch (error) {
    if (codeOf(error) === 'ERR_INVALID_URL') throw notAConnectionString()
    throw cannotConnect(withCode(error))
  } finally {
    client?.end().catch(() => undefined)
  }
}

const external = async (dsn: string): Promise<Database> => {
  await check(dsn)
  const pool = poolOf({ connectionString: dsn })
  return { pool, close: () => pool.end() }
}

const embedded = async (dataDir: string): Promise<Database> => {
  const server = await startServer(dataDir)
  const pool = poolOf(server.connection)
  return {
    pool,
    close: async () => {
      // The server ends what a cancelled run left in the pool, which would otherwise wait for it.
      await Promise.all([server.stop(), pool.end()])
    },
  }
}

/** The server of `--dsn`, else one of our own that lives as long as the command. */
export const openDatabase = ({ dsn, dataDir }: DatabaseOptions): Promise<Database> =>
  dsn === undefined ? embedded(dataDir) : external(dsn)
