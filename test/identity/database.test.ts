import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { databaseFacts } from '../../src/identity/database.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { impatient, inspectLog, newPlace, runFixture } from '../support/program.ts'
import { attributesOf } from '../support/receiver.ts'
import { sawNotice } from '../support/spool.ts'

let postgres: Postgres
let id: unknown
/** A text that names no host falls back to the variables: to no server that this machine may have. */
const nowhere = { PGHOST: '127.0.0.1', PGPORT: '1' }
beforeAll(async () => {
  for (const [name, value] of Object.entries(nowhere)) vi.stubEnv(name, value)
  postgres = await startPostgres()
  ;[{ id } = { id: undefined }] = await postgres.query('SELECT system_identifier::text AS id FROM pg_control_system()')
  await postgres.query(`
    REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC;
    CREATE ROLE nobody LOGIN PASSWORD 'nobody-secret'`)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await postgres.stop()
})

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const asNobody = (): string => postgres.dsn({ role: 'nobody', password: 'nobody-secret' })
const clientOf = async (connectionString: string) => {
  const client = new pg.Client({ connectionString })
  await client.connect()
  closing.push(() => client.end())
  return client
}
const poolOf = (connectionString: string) => {
  const pool = new pg.Pool({ connectionString })
  closing.push(() => pool.end())
  return pool
}

/** Milliseconds: enough on a busy machine, and soon over where there is no answer. */
const longMs = 20_000
const shortMs = 200

/** What is told, and what is said under debug. */
const ask = async (database: Parameters<typeof databaseFacts>[0], limitMs = longMs) => {
  const said: string[] = []
  const facts = await databaseFacts(database, (message) => said.push(message), true, limitMs)
  return { facts, said }
}

/** PostgreSQL's code of a query that is cancelled. */
const cancelled = '57014'

const told = {
  'db.system.name': 'postgresql',
  'cq.database.version': expect.stringMatching(/^18\.\d+$/) as string,
  'cq.database.full_version': expect.stringMatching(/^PostgreSQL 18\.\d+$/) as string,
  'cq.database.uptime': expect.any(Number) as number,
}

describe('a server that answers', () => {
  test.each([
    { how: 'a connection string', database: async (dsn: string) => dsn },
    { how: 'a client', database: clientOf },
    { how: 'a pool', database: async (dsn: string) => poolOf(dsn) },
  ])('tells its system identifier, version and uptime by $how', async ({ database }) => {
    const { facts, said } = await ask(await database(postgres.dsn()))
    expect(facts).toEqual({ ...told, 'cq.database.id': id })
    expect(String(id)).toMatch(/^\d{15,20}$/)
    expect(said).toEqual([])
  })

  test.each([
    { how: 'a connection string', database: async (dsn: string) => dsn },
    { how: 'a client', database: clientOf },
    { how: 'a pool', database: async (dsn: string) => poolOf(dsn) },
  ])('tells a role without the right to its identifier the rest, by $how', async ({ database }) => {
    const { facts, said } = await ask(await database(asNobody()))
    expect(facts).toEqual(told)
    expect(said).toEqual([])
  })

  test('aborts no transaction if the right is missing', async () => {
    const client = await clientOf(asNobody())
    await client.query('BEGIN')
    await client.query('CREATE TEMP TABLE kept AS SELECT 42 AS answer')
    expect((await ask(client)).facts).toEqual(told)
    expect((await client.query('SELECT answer FROM kept')).rows).toEqual([{ answer: 42 }])
    expect((await client.query('COMMIT')).command).toBe('COMMIT')
  })

  test('keeps no connection open after a connection string', async () => {
    const open = async () => {
      const [row] = await postgres.query("SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'nobody'")
      return row?.['n']
    }
    await Promise.all([1, 2, 3].map(() => ask(asNobody())))
    await expect.poll(open, { timeout: 60_000 }).toBe(0)
  })

  test('does not delay a host with a busy client', async () => {
    const client = await clientOf(postgres.dsn())
    const busy = client.query('SELECT pg_sleep(600)').catch(({ code }: { code: string }) => code)
    expect((await ask(client, shortMs)).facts).toEqual({})
    const cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'"
    await vi.waitUntil(async () => (await postgres.query(cancel)).length > 0, 60_000)
    expect(await busy).toBe(cancelled)
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })
})

const silent = async (answer: (socket: Socket) => void = () => undefined): Promise<string> => {
  const sockets: Socket[] = []
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.on('error', () => undefined))
    answer(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `postgres://someone:the-secret@127.0.0.1:${(server.address() as AddressInfo).port}/hidden-name`
}

const unreachable: { name: string; dsn: () => string | Promise<string> }[] = [
  { name: 'a port where nothing listens', dsn: () => 'postgres://someone:the-secret@127.0.0.1:1/hidden-name' },
  { name: 'a wrong password', dsn: () => postgres.dsn({ password: 'the-secret' }) },
  { name: 'no password', dsn: () => postgres.dsn({ password: '' }) },
  { name: 'a role that is not there', dsn: () => postgres.dsn({ role: 'someone', password: 'the-secret' }) },
  { name: 'a database that is not there', dsn: () => postgres.dsn({ database: 'hidden-name' }) },
  { name: 'a server that says nothing', dsn: () => silent() },
  { name: 'a server that hangs up', dsn: () => silent((socket) => socket.destroy()) },
  {
    name: 'a server of another protocol',
    dsn: () => silent((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  },
  { name: 'no connection string', dsn: () => 'the-secret hidden-name' },
  { name: 'a broken connection string', dsn: () => 'postgres://someone:the-secret@[/hidden-name' },
  { name: 'an empty one', dsn: () => '' },
]

describe('an unreachable server fails soon, and the connection string is not shown', () => {
  test.each(unreachable)('by $name', async ({ dsn }) => {
    const given = await dsn()
    const { facts, said } = await ask(given, shortMs)
    expect(facts).toEqual({})
    expect(said).toEqual([expect.stringMatching(/^the database does not tell all of its facts \([A-Z0-9_ a-z]+\)$/)])
    for (const part of ['the-secret', 'someone', 'hidden-name', '127.0.0.1']) expect(said.join()).not.toContain(part)
  })

  test.each(unreachable)('in a real process: $name', async ({ dsn }) => {
    const place = newPlace()
    const given = await dsn()
    const { code, stdout, stderr } = await runFixture('identify.mjs', place, {
      CQ_INSPECT_TELEMETRY: '1',
      CQ_DEBUG_TELEMETRY: '1',
      ...impatient,
      ...nowhere,
      DSN: given,
    })
    const log = inspectLog(place)
    place.remove()
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'identified undefined\n' })
    expect(JSON.stringify(log)).not.toContain('cq.database')
    for (const part of ['the-secret', 'hidden-name', ...(given === '' ? [] : [given])]) {
      expect(JSON.stringify(log) + stderr).not.toContain(part)
    }
  })
})

/** Asks for a kind of authentication that is not known, or is ready at once, and never hangs up. */
const stubborn = {
  'does not authenticate': Buffer.from('520000000c0000000a4142430000', 'hex'),
  'is ready and says no more': Buffer.from('5200000008000000005a0000000549', 'hex'),
  'speaks another protocol': Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
}
test.each(Object.entries(stubborn))('a server that %s and never hangs up keeps no process alive', async (_, answer) => {
  const place = newPlace()
  const dsn = await silent((socket) => socket.once('data', () => socket.write(answer)))
  const { code } = await runFixture('identify.mjs', place, { CQ_INSPECT_TELEMETRY: '1', DSN: dsn, ...impatient })
  place.remove()
  expect(code).toBe(0)
})

test('the facts are on the resource of each run, and the identifier is the user', async () => {
  const place = newPlace()
  sawNotice(place)
  for (let run = 0; run < 2; run++) {
    const { stderr } = await runFixture('identify.mjs', place, { CQ_INSPECT_TELEMETRY: '1', DSN: postgres.dsn() })
    expect(stderr).not.toContain('Warning')
    const log = inspectLog(place)
    const resource = log.findLast(({ message }) => message === 'inspect resource')
    expect(attributesOf(resource?.data as never)).toMatchObject({ ...told, 'cq.database.id': id })
    expect(log.findLast(({ event }) => event === 'fetch')?.data).toMatchObject({ userId: id })
  }
  place.remove()
})

const never = new Promise<never>(() => undefined)
const refuse = () => {
  throw Object.assign(new Error('the-secret'), { code: 'the-secret' })
}

describe('a client of the host', () => {
  test.each([
    { name: 'throws', query: refuse },
    { name: 'rejects', query: async () => refuse() },
    { name: 'never settles', query: () => never },
    { name: 'answers without rows', query: async () => ({}) },
    { name: 'answers with nothing', query: async () => undefined },
    { name: 'is no function', query: 42 },
  ])('that $name tells nothing', async ({ query }) => {
    const { facts, said } = await ask({ query } as never, shortMs)
    expect(facts).toEqual({})
    expect(said.join()).not.toContain('the-secret')
    expect(said).toHaveLength(1)
  })

  test.each([undefined, null, 42, {}])('that is %s yields no facts', async (client) => {
    expect((await ask(client as never)).facts).toEqual({})
  })

  test('that stops answering keeps the facts that it returned before', async () => {
    const client = await clientOf(postgres.dsn())
    let asked = 0
    const { facts, said } = await ask({ query: (sql) => (asked++ === 0 ? client.query(sql) : never) }, 2_000)
    expect(facts).toEqual(told)
    expect(said).toHaveLength(1)
  })

  test('that answers with another type or a secret yields no such value', async () => {
    const row = { number: 'the-secret', text: 'the-secret', uptime: 'the-secret', allowed: true, id: 42 }
    expect((await ask({ query: async () => ({ rows: [row] }) })).facts).toEqual({ 'db.system.name': 'postgresql' })
  })
})
