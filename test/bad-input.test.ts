import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cloudquery, hostPlace, shippedPolicy } from './support/cloudquery.ts'
import { type Postgres, startPostgres } from './support/postgres.ts'
import { inspectLog, type Place, runFixture } from './support/program.ts'
import { attributesOf } from './support/receiver.ts'

let postgres: Postgres
let place: Place
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())
beforeEach(() => {
  place = hostPlace()
})
afterEach(() => place.remove())

const put = (name: string, text: string): void => writeFileSync(join(place.cwd, name), text)

const spans = (type: string): Record<string, unknown>[] =>
  inspectLog(place)
    .filter(({ message }) => message === 'inspect span')
    .map(({ data }) => attributesOf(data as never))
    .filter((attributes) => attributes['cq.span.type'] === type)

/** Runs the reference host with its telemetry in the log, and gives what the run's span says of the end. */
const inspected = async (args: readonly string[]) => {
  const { code, stdout, stderr } = await cloudquery(place, [...args, '--inspect-telemetry'])
  const [said = ''] = stderr.split('Telemetry of this run')
  const {
    'error.type': type,
    'cq.error.class': errorClass,
    'cq.error.sqlstate_class': sqlState,
  } = spans('run')[0] ?? {}
  return { code, stdout, said, stderr, error: { type, errorClass, sqlState } }
}

/** Nothing of the user's is in the log, or in what telemetry prints. */
const expectNowhere = (texts: readonly string[], stderr = ''): void => {
  const log = JSON.stringify(inspectLog(place))
  for (const text of texts) {
    expect(log).not.toContain(text)
    expect(stderr.slice(stderr.indexOf('Telemetry of this run'))).not.toContain(text)
  }
}

interface Bad {
  readonly what: string
  readonly file?: string
  readonly args?: readonly string[]
  readonly says: RegExp
  readonly type?: string
}

const configurations: Bad[] = [
  {
    what: 'an unknown provider',
    file: 'providers: [my-corp]',
    says: /unknown provider "my-corp"; known are: postgres, host/,
  },
  { what: 'a provider without a name', file: 'providers: [{}]', says: /unknown provider "undefined"/ },
  {
    what: 'an unknown resource',
    file: 'providers: [{ name: host, resources: [my-corp] }]',
    says: /unknown resource "my-corp"/,
  },
  { what: 'an unknown key', file: 'my-corp: 1', says: /unknown key "my-corp"/ },
  { what: 'a list', file: '[my-corp]', says: /must be a map/ },
  { what: 'a DSN that is no text', file: 'dsn: { password: my-corp }', says: /"dsn" must be a connection string/ },
  { what: 'no YAML', file: 'providers: [my-corp', says: /is not YAML: line 1, column \d+/, type: 'YAMLParseError' },
  { what: 'binary', file: '\u0000\u0001: [my-corp', says: /not YAML|must be a map/ },
  {
    what: 'no file',
    args: ['--config', 'my-corp.yml'],
    says: /cannot read the configuration my-corp\.yml: check --config/,
    type: 'ENOENT',
  },
  { what: 'a directory', args: ['--config', '.'], says: /cannot read the configuration \./, type: 'EISDIR' },
]

describe('a configuration', () => {
  test.each(configurations)(
    'of $what is said, and is the affair of the user',
    async ({ file, args = [], says, type }) => {
      if (file !== undefined) put('cloudquery.yml', file)
      const { code, said, stderr, error } = await inspected(['fetch', ...args, '--dsn', postgres.dsn()])
      expect(code).toBe(1)
      expect(said).toMatch(/^Error: [^\n]+\n$/)
      expect(said).toMatch(says)
      expect(error).toMatchObject({ errorClass: 'user', ...(type && { type }) })
      expectNowhere(['my-corp', postgres.password], stderr)
      expect(stderr).not.toContain(postgres.password)
    },
  )

  test('is named by the user and has no such provider', async () => {
    const { code, said, error } = await inspected(['fetch', 'my-corp', '--dsn', postgres.dsn()])
    expect({ code, said }).toEqual({
      code: 1,
      said: 'Error: unknown provider "my-corp"; the configuration has: postgres, host\n',
    })
    expect(error.errorClass).toBe('user')
    expectNowhere(['my-corp'])
  })
})

describe('a DSN', () => {
  const secret = 'dsn-secret'
  const at = (port: number, role = 'dsn-user') => `postgres://${role}:${secret}@127.0.0.1:${port}/dsn-name`
  const serving = async (serve: (socket: Socket) => unknown): Promise<string> => {
    const server = createServer((socket) => serve(socket.on('error', () => undefined))).unref()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return at((server.address() as AddressInfo).port)
  }
  const resetting = () => serving((socket) => socket.destroy())
  const hangingUp = () => serving((socket) => socket.once('data', () => socket.end()))
  const anotherProtocol = () => serving((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const silent = () => serving((socket) => setTimeout(() => socket.destroy(), 10_000).unref())

  test.each([
    { what: 'a port where nothing listens', dsn: () => at(1), says: 'nothing listens there', is: 'connection' },
    {
      what: 'a host that is not known',
      dsn: () => `postgres://u:${secret}@dsn-name.invalid/x`,
      says: 'host',
      is: 'connection',
    },
    { what: 'a server that resets', dsn: resetting, says: 'check the connection string', is: 'connection' },
    { what: 'a server that hangs up', dsn: hangingUp, says: 'check the connection string', is: 'connection' },
    { what: 'a server of another kind', dsn: anotherProtocol, says: 'check the connection string', is: 'connection' },
    { what: 'a server that says nothing', dsn: silent, says: 'the server does not answer', is: 'connection' },
    { what: 'no password', dsn: () => postgres.dsn({ password: '' }), says: 'connection string', is: 'connection' },
    {
      what: 'a wrong password',
      dsn: () => postgres.dsn({ password: secret }),
      says: 'the password is wrong',
      is: 'database',
    },
    { what: 'a role that is not there', dsn: () => at(postgres.port), says: 'the password is wrong', is: 'database' },
    {
      what: 'a database that is not there',
      dsn: () => postgres.dsn({ database: 'dsn-name' }),
      says: 'no such database',
      is: 'database',
    },
    { what: 'no URL', dsn: () => `postgres://u:${secret}@[/dsn-name`, says: 'is not a connection string', is: 'user' },
  ])('of $what is said without the DSN', async ({ dsn, says, is }) => {
    const { code, said, stdout, stderr, error } = await inspected(['fetch', '--dsn', await dsn()])
    expect(code).toBe(1)
    expect(said).toMatch(/^Error: [^\n]+\n$/)
    expect(said).toContain(says)
    expect(error.errorClass).toBe(is)
    expect(stdout + stderr).not.toMatch(/dsn-secret|dsn-user|dsn-name/)
    expectNowhere([secret, 'dsn-user', 'dsn-name', '127.0.0.1'])
  })

  test('of the configuration is as secret as that of the command', async () => {
    put('cloudquery.yml', `dsn: ${at(1)}`)
    const { code, said, stderr, error } = await inspected(['policy', 'run', shippedPolicy])
    expect({ code, is: error.errorClass }).toEqual({ code: 1, is: 'connection' })
    expect(said).toContain('nothing listens there')
    expect(stderr).not.toMatch(/dsn-secret|dsn-user|dsn-name/)
    expectNowhere([secret, 'dsn-user', 'dsn-name', '127.0.0.1'])
  })
})

describe('a data directory', () => {
  test.each([
    { what: 'a file', prepare: () => put('my-data', ''), directory: 'my-data' },
    { what: 'below a file', prepare: () => put('my-data', ''), directory: 'my-data/below' },
    { what: 'below a device', prepare: () => undefined, directory: '/dev/null/my-data' },
  ])('that is $what is said, and telemetry does without', async ({ prepare, directory }) => {
    prepare()
    const { code, said, error } = await inspected(['fetch', '--data-dir', directory])
    expect({ code, said }).toEqual({
      code: 1,
      said: `Error: the data directory ${directory} cannot be written: choose another with --data-dir\n`,
    })
    expect(error.errorClass).toBe('user')
    expect(spans('operation')).toHaveLength(1)
    expectNowhere([directory])
  })
})

const policies: Bad[] = [
  { what: 'no file', says: /cannot read the policy my-policy\.yml: check the path/, type: 'ENOENT' },
  {
    what: 'no YAML',
    file: 'checks: [my-policy',
    says: /the policy my-policy\.yml is not YAML/,
    type: 'YAMLParseError',
  },
  { what: 'nothing', file: '', says: /my-policy\.yml/ },
  { what: 'a text', file: 'my-policy', says: /my-policy\.yml/ },
  { what: 'no checks', file: 'name: my-policy', says: /needs a list of "checks"/ },
  {
    what: 'a check without a query',
    file: 'name: my-policy\nchecks: [{ name: a }]',
    says: /check 1 needs a "name" and a "query"/,
  },
]

describe('a policy', () => {
  test.each(policies)('of $what is said, and is the affair of the user', async ({ file, says, type }) => {
    if (file !== undefined) put('my-policy.yml', file)
    const { code, said, stderr, error } = await inspected(['policy', 'run', 'my-policy.yml', '--dsn', postgres.dsn()])
    expect(code).toBe(1)
    expect(said).toMatch(/^Error: [^\n]+\n$/)
    expect(said).toMatch(says)
    expect(error).toMatchObject({ errorClass: 'user', ...(type && { type }) })
    expectNowhere(['my-policy'], stderr)
  })

  test('whose query is wrong fails by the class of its SQLSTATE, and its name stays here', async () => {
    put('my-policy.yml', 'name: my-policy\nchecks: [{ name: my-check, query: SELEKT my-secret }]')
    const { code, said, error } = await inspected(['policy', 'run', 'my-policy.yml', '--dsn', postgres.dsn()])
    expect({ code, said }).toEqual({ code: 1, said: 'Error: my-check: the query fails\n' })
    expect(error).toEqual({ type: 'DatabaseError', errorClass: 'database', sqlState: '42' })
    expect(spans('policy')[0]).toMatchObject({ 'cq.policy.name': 'private' })
    expectNowhere(['my-policy', 'my-check', 'SELEKT', 'my-secret'])
  })
})

const strange = [
  '',
  ' ',
  'My Secret Name',
  `it's "quoted"`,
  '🦊 fox',
  'naïve',
  '/home/me/secret',
  'C:\\secret',
  '../../etc/passwd',
  'https://me:secret@example.org',
  'line\nbreak',
  'nul\u0000',
  '\u202eright-to-left',
  '\ud800',
  "'; DROP TABLE secret",
  '${secret}',
  'secret'.repeat(2_000),
  42,
  null,
  true,
  ['secret'],
  { toString: 'secret' },
]

test('names that have not the shape of a name arrive as private, though the host calls them public', async () => {
  put('names.json', JSON.stringify(strange))
  const { code, stdout, stderr } = await runFixture('names.mjs', place, { CQ_INSPECT_TELEMETRY: '1' })
  const count = strange.length + 4
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${count}\n` })
  const named = (type: string, key: string): unknown[] => spans(type).map((attributes) => attributes[key])
  const texts = strange.filter((name) => typeof name === 'string').length
  for (const [type, key, times] of [
    ['operation', 'cq.operation.name', 1],
    ['policy', 'cq.policy.name', 1],
    ['resource', 'cq.resource.name', 2],
  ] as const) {
    const names = named(type, key)
    expect(names).toHaveLength(count * times)
    expect(names.slice(0, texts * times)).toEqual(Array.from({ length: texts * times }, () => 'private'))
    for (const name of names) expect(['private', undefined]).toContain(name)
  }
  expect(new Set(named('provider', 'cq.provider.name'))).toEqual(new Set(['private', 'aws', undefined]))
  const log = JSON.stringify(inspectLog(place))
  expect(log + stderr).not.toMatch(/secret|Secret|quoted|fox|passwd|DROP|na.ve|right-to-left|symbol|function/)
})

test('a log that cannot be written is said, and the work is done', async () => {
  mkdirSync(join(place.cwd, 'cloudquery.log'))
  const { code, stdout, stderr } = await cloudquery(place, ['provider', 'list', '--inspect-telemetry'])
  expect(code).toBe(0)
  expect(stdout).toContain('postgres_databases')
  expect(stderr).toContain('cloudquery.log cannot be written')
  expect(existsSync(join(place.home, '.cq/telemetry/spool'))).toBe(false)
})
