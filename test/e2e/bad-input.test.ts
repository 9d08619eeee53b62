import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cloudquery, hostPlace, shippedPolicy } from '../support/cloudquery.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { inspectLog, type Place, runFixture } from '../support/program.ts'
import { attributesOf } from '../support/receiver.ts'
import { sawNotice, spooled } from '../support/spool.ts'

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

/** What it is, what the file holds (none: there is none), what the user is told, and the type of the error. */
type Bad = [what: string, content: string | undefined, says: RegExp, type?: string]

const badConfigurations: Bad[] = [
  ['an unknown provider', 'providers: [my-corp]', /unknown provider "my-corp"; known are: postgres, host/],
  ['a provider without a name', 'providers: [{}]', /unknown provider "undefined"/],
  ['an unknown resource', 'providers: [{ name: host, resources: [my-corp] }]', /unknown resource "my-corp"/],
  ['an unknown key', 'my-corp: 1', /unknown key "my-corp"/],
  ['a list', '[my-corp]', /must be a map/],
  ['a DSN that is no text', 'dsn: { password: my-corp }', /"dsn" must be a connection string/],
  ['no YAML', 'providers: [my-corp', /is not YAML: line 1, column \d+/, 'YAMLParseError'],
  ['binary', '\u0000\u0001: [my-corp', /is not YAML/, 'YAMLParseError'],
  ['no file', undefined, /cannot read the configuration my-corp\.yml: check --config/, 'ENOENT'],
]

const badPolicies: Bad[] = [
  ['no file', undefined, /cannot read the policy my-corp\.yml: check the path/, 'ENOENT'],
  ['no YAML', 'checks: [my-corp', /the policy my-corp\.yml is not YAML/, 'YAMLParseError'],
  ['nothing', '', /my-corp\.yml/],
  ['a text', 'my-corp', /my-corp\.yml/],
  ['no checks', 'name: my-corp', /needs a list of "checks"/],
  ['a check without a query', 'name: my-corp\nchecks: [{ name: a }]', /check 1 needs a "name" and a "query"/],
]

const withFile = (args: readonly string[], content: string | undefined) => {
  if (content !== undefined) put('my-corp.yml', content)
  return inspected([...args, 'my-corp.yml', '--dsn', postgres.dsn()])
}

describe.each([
  { kind: 'configuration', args: ['fetch', '--config'], bad: badConfigurations },
  { kind: 'policy', args: ['policy', 'run'], bad: badPolicies },
])('a $kind', ({ args, bad }) => {
  test.each(bad)("of %s is reported, and counts as the user's error", async (_, content, says, type) => {
    const { code, said, stderr, error } = await withFile(args, content)
    expect(code).toBe(1)
    expect(said).toMatch(/^Error: [^\n]+\n$/)
    expect(said).toMatch(says)
    expect(error).toMatchObject({ errorClass: 'user', ...(type && { type }) })
    expectNowhere(['my-corp', postgres.password], stderr)
  })
})

test("a provider that the configuration lacks is reported, and counts as the user's error", async () => {
  const { code, said, error } = await inspected(['fetch', 'my-corp', '--dsn', postgres.dsn()])
  expect({ code, said }).toEqual({
    code: 1,
    said: 'Error: unknown provider "my-corp"; the configuration has: postgres, host\n',
  })
  expect(error.errorClass).toBe('user')
  expectNowhere(['my-corp'])
})

test.each([
  ['CQ_COMMIT', 'hello', 'a commit hash in lower-case hex'],
  ['CQ_COMMIT', 'ABCDEF0', 'a commit hash in lower-case hex'],
  ['CQ_BUILD_DATE', 'yesterday', 'a date'],
])('%s=%s of a build is said', async (name, value, form) => {
  const { code, stderr } = await cloudquery(place, ['version'], { [name]: value })
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(`^Error: ${name} must be ${form}`) })
})

test.each([
  [['telemetry', 'status'], 0, /^Telemetry is on/],
  [['telemetry', 'status', '--debug-telemetry'], 0, /^Telemetry is on/],
  [['telemetry'], 0, /^Usage: cloudquery telemetry/],
  [['telemetry', 'nothing'], 2, /^$/],
  [['telemetry', 'disable'], 0, /./],
] as const)('%j is a command of the tool, and no run of it', async (args, code, says) => {
  sawNotice(place)
  const ended = await cloudquery(place, args, { CQ_OTLP_ENDPOINT: 'http://127.0.0.1:9' })
  expect(ended.code).toBe(code)
  expect(ended.stdout).toMatch(says)
  expect(spooled(place)).toEqual([])
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

  test.each<[what: string, dsn: () => string | Promise<string>, says: string, is: string]>([
    ['a port where nothing listens', () => at(1), 'nothing listens there', 'connection'],
    ['a host that is not known', () => `postgres://u:${secret}@dsn-name.invalid/x`, 'host', 'connection'],
    ['a server that resets', resetting, 'check the connection string', 'connection'],
    ['a server that hangs up', hangingUp, 'check the connection string', 'connection'],
    ['a server of another kind', anotherProtocol, 'check the connection string', 'connection'],
    ['a server that says nothing', silent, 'the server does not answer', 'connection'],
    ['no password', () => postgres.dsn({ password: '' }), 'check the connection string', 'connection'],
    ['a wrong password', () => postgres.dsn({ password: secret }), 'the password is wrong', 'auth'],
    ['a role that is not there', () => at(postgres.port), 'the password is wrong', 'auth'],
    ['a database that is not there', () => postgres.dsn({ database: 'dsn-name' }), 'no such database', 'database'],
    ['no URL', () => `postgres://u:${secret}@[/dsn-name`, 'is not a connection string', 'user'],
  ])('of %s is said without the DSN', async (_, dsn, says, is) => {
    const { code, said, stdout, stderr, error } = await inspected(['fetch', '--dsn', await dsn()])
    expect(code).toBe(1)
    expect(said).toMatch(/^Error: [^\n]+\n$/)
    expect(said).toContain(says)
    expect(error.errorClass).toBe(is)
    expect(stdout + stderr).not.toMatch(/dsn-secret|dsn-user|dsn-name/)
    expectNowhere([secret, 'dsn-user', 'dsn-name', '127.0.0.1'])
  })

  test('of the configuration is as secret as one on the command line', async () => {
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

test('a policy with a wrong query fails with the class of its SQLSTATE, and its name is not sent', async () => {
  put('my-policy.yml', 'name: my-policy\nchecks: [{ name: my-check, query: SELEKT my-secret }]')
  const { code, said, error } = await inspected(['policy', 'run', 'my-policy.yml', '--dsn', postgres.dsn()])
  expect({ code, said }).toEqual({ code: 1, said: 'Error: my-check: the query fails\n' })
  expect(error).toEqual({ type: 'DatabaseError', errorClass: 'database', sqlState: '42' })
  expect(spans('policy')[0]).toMatchObject({ 'cq.policy.name': 'private' })
  expectNowhere(['my-policy', 'my-check', 'SELEKT', 'my-secret'])
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

test('names without the shape of a name arrive as private, even if the host declares them public', async () => {
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
  expect((log + stderr).replaceAll(place.cwd, '')).not.toMatch(
    /secret|Secret|quoted|fox|passwd|DROP|na.ve|right-to-left|symbol|function/,
  )
})

test('a log that cannot be written is reported, and the host does its work', async () => {
  mkdirSync(join(place.cwd, 'cloudquery.log'))
  const { code, stdout, stderr } = await cloudquery(place, ['provider', 'list', '--inspect-telemetry'])
  expect(code).toBe(0)
  expect(stdout).toContain('postgres_databases')
  expect(stderr).toContain('cloudquery.log cannot be written')
  expect(existsSync(join(place.home, '.cq/telemetry/spool'))).toBe(false)
})
