import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startServer } from '../../examples/cloudquery/src/embedded/server.ts'

/** A real PostgreSQL for a test file, with a superuser; `query` runs as that. */
export interface Postgres {
  readonly port: number
  readonly password: string
  dsn(login?: { role?: string; password?: string; database?: string }): string
  query(sql: string, database?: string): Promise<Record<string, unknown>[]>
  stop(): Promise<void>
}

export const startPostgres = async (): Promise<Postgres> => {
  const directory = mkdtempSync(join(tmpdir(), 'cq-pg-'))
  // As root the server runs under another account, which must be able to look in here.
  chmodSync(directory, 0o711)
  const server = await startServer(directory)
  const { host, port, user, password, database } = server.connection
  return {
    port,
    password,
    dsn: ({ role = user, password: secret = password, database: name = database } = {}) =>
      `postgres://${role}:${encodeURIComponent(secret)}@${host}:${port}/${name}`,
    query: async (sql, name = database) => {
      const client = new pg.Client({ host, port, user, password, database: name })
      await client.connect()
      try {
        return (await client.query<Record<string, unknown>>(sql)).rows
      } finally {
        await client.end()
      }
    },
    stop: async () => {
      await server.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
