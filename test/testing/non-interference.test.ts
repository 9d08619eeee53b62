import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { assertNonInterference, capture, type Invocation, leaksIn, type Vary } from 'cq-telemetry/testing'
import { describe, expect, test } from 'vitest'
import { cli } from '../support/cloudquery.ts'
import { newPlace } from '../support/program.ts'
import { type Framework, frameworks } from '../support/hosts.ts'
import { cases, fc } from '../support/property.ts'

/** Two runs of a real program that differ in nothing but its secrets give the same bytes wherever they can be read. */

const root = new URL('../..', import.meta.url).pathname

/** A busy machine may take long for one run. */
const patient = { timeoutMs: 240_000 }

type Texts = Readonly<Record<'target' | 'key' | 'token', string>>
const a = { target: 'orders', key: 'test-1', token: 'alpha', home: 'alice', cwd: 'shop' }
const sameLength = { ...a, target: 'stocks', key: 'live-2', token: 'zebra' }
const longer = { ...a, target: 'customers-of-the-north', key: 'live-and-longer', token: 'zebra-and-longer' }
const elsewhere = { ...a, home: 'bruno', cwd: 'bank' }

/** A tool that is careless in one way. */
const tool =
  (way: string, ...more: string[]) =>
  ({ target, key, token }: Texts): Invocation => ({
    command: process.execPath,
    args: [`${root}test/fixtures/interference.mjs`, target, key, ...more],
    env: { WAY: way, TOKEN: token },
    // A directory of as many entries as its name has letters.
    files: Object.fromEntries(Array.from(target, (_, index) => [`~/${target}/${index}`, key])),
  })

const failureOf = (way: string, b: typeof a, vary?: Vary): Promise<string> =>
  assertNonInterference(tool(way), a, b, { ...patient, vary }).then(
    () => 'no difference',
    (error: Error) => `${error.name}: ${error.message}`,
  )

const canariesIn = async (way: string): Promise<string[]> => {
  const { command, args, env, files = {} } = tool(way)(a)
  const place = newPlace()
  for (const [path, text] of Object.entries(files)) {
    const file = join(place.home, path.slice(2))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const captured = await capture(command, args, { env: { ...env, HOME: place.home } })
  place.remove()
  expect(captured).toMatchObject({ code: 0, stdout: `did ${a.target}\n` })
  return leaksIn(captured, Object.values(a))
}

describe.concurrent('a leak without the text of a secret', () => {
  test.each<[string, typeof a, string, RegExp]>([
    ['hash of a path', elsewhere, 'cwd', /otlp, .*spans\.3\.name\n {2}first: {2}"run-[0-9a-f]{12}"/],
    ['length of an argument', longer, 'target', /otlp, .*count\n {2}first: {2}.*6.*\n {2}second: .*22/],
    ['branch', sameLength, 'key', /otlp, .*cq\.custom\.environment\n {2}first: {2}.*test.*\n {2}second: .*live/],
    ['directory entries', longer, 'target', /otlp, .*count\n {2}first: {2}.*6.*\n {2}second: .*22/],
    ['order', sameLength, 'token', /otlp, .*spans\.0\.name\n {2}first: {2}"a"\n {2}second: "b"/],
    ['header', sameLength, 'token', /otlp, 0\.headers\.x-customer/],
    ['debug', sameLength, 'token', /stderr, process 0/],
  ])('%s: the search for canaries misses it, the comparison names its field and its secret', async (...row) => {
    const [way, b, secret, field] = row
    expect(await canariesIn(way)).toEqual([])
    const failure = await failureOf(way, b)
    expect(failure).toMatch(/^AssertionError: telemetry depends on a secret: /)
    expect(failure).toMatch(field)
    expect(failure).toContain(`Explained by "${secret}", changed alone.`)
  })

  test('is no difference if its field is declared to vary', async () => {
    const fields = ['x-customer']
    const job = ['job.otlp.headers.x-customer']
    expect(await failureOf('header', longer, { otlp: fields })).toMatch(/: child, 0\.job\.otlp\.headers\.x-customer\n/)
    expect(await failureOf('header', longer, { otlp: fields, child: job })).toBe('no difference')
  })
})

describe.concurrent('a program', () => {
  const same = assertNonInterference(tool(''), a, a, patient)

  test('with the same secrets twice is the same in each sink', async () => {
    const compared = await same
    const { otlp, rudder, spool, inspect, stderr, child, other } = compared
    for (const bytes of [otlp, rudder, spool, inspect, stderr, child]) expect(bytes).toBeGreaterThan(100)
    expect(other).toBe(0)
  })

  test('that crashes is the same, and its crash report is compared', async () => {
    const crash = await assertNonInterference(tool('crash'), a, longer, patient)
    expect(crash.otlp).toBeGreaterThan((await same).otlp + 500)
  })

  test('that is killed is the same, and its marks are compared', async () => {
    const compared = await assertNonInterference(tool('kill'), a, longer, patient)
    expect(compared.spool).toBeGreaterThan(1_000)
    expect(compared).toMatchObject({ otlp: 0, child: 0 })
  })

  test('that exits in the middle of an operation is the same', async () => {
    expect((await assertNonInterference(tool('exit'), a, longer, patient)).otlp).toBeGreaterThan(1_000)
  })

  test('that does not repeat itself is reported', async () => {
    expect(await failureOf('process id', a)).toContain('The program does not repeat itself')
  })

  test('that ends differently is reported', async () => {
    const failing = ({ target }: Texts) => tool(target === a.target ? '' : 'exit')({ ...a })
    const error = assertNonInterference(failing, a, longer, patient)
    await expect(error).rejects.toThrow('The program itself ended differently: exit code 0, exit code 3.')
  })

  test('that does not end is killed', async () => {
    const never = () => ({ command: process.execPath, args: ['-e', 'setInterval(() => undefined, 1000)'] })
    const error = assertNonInterference(never, {}, {}, { timeoutMs: 1_000 })
    await expect(error).rejects.toThrow('did not end in time (option "timeoutMs")')
  })

  test.each<[string, (texts: Texts) => Invocation, string]>([
    ['that is told not to record', tool('', '--no-telemetry'), 'telemetry is off (--no-telemetry)'],
    ['whose version is of a development build', tool('development'), 'telemetry is off (a development build)'],
    ['that has no telemetry', () => ({ command: process.execPath, args: ['-e', '0'] }), 'the program records nothing'],
    ['that is not of Node.js', () => ({ command: 'true' }), 'the program is no program of Node.js'],
  ])('%s fails, because nothing was compared', async (_, program, why) => {
    await expect(assertNonInterference(program, a, longer, patient)).rejects.toThrow(`nothing was compared: ${why}`)
  })
})

/** A text that is no option, and that an argument, a variable and a file can hold. */
const text = (size: { minLength: number; maxLength: number }) =>
  fc.string({ unit: 'grapheme', ...size }).map((each) => `x${each.replaceAll(/[\p{Cc}\p{Cs}]/gu, '_')}`)
const name = (size: { minLength: number; maxLength: number }) =>
  fc
    .array(fc.constantFrom('a', 'b', 'z', '0', '19', ' ', '-', '_', 'é', '@'), size)
    .map((letters) => `n${letters.join('')}`)

const secretsOf = (size: { minLength: number; maxLength: number }) =>
  fc.record({ target: name(size), key: text(size), token: text(size), home: name(size), cwd: name(size) })
type Any = typeof a
/** Two sets of the same lengths, or of any. */
const twoSets: fc.Arbitrary<[Any, Any]> = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.boolean())
  .chain(([length, same]) => {
    const size = same ? { minLength: length, maxLength: length } : { minLength: 1, maxLength: 60 }
    return fc.tuple(secretsOf(size), secretsOf(size))
  })

/** `{key}` stands for that secret. */
const fill = (template: string, secrets: Any): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, each: string) => secrets[each as keyof Any])

type Start = (args: string) => (secrets: Any) => Invocation
const cloudquery: Start = (args) => (secrets) => ({
  command: process.execPath,
  args: [cli, ...args.split(' ').map((each) => fill(each, secrets))],
  env: {
    CQ_OTLP_ENDPOINT: 'https://telemetry.example.org',
    CQ_RUDDER_URL: 'https://rudder.example.org',
    CQ_RUDDER_WRITE_KEY: 'write-key',
    PGPASSWORD: secrets.token,
  },
  files: {
    [`${secrets.target}.yml`]: `providers: [postgres, host]\ndsn: postgres://${encodeURIComponent(secrets.key)}@127.0.0.1:9/db\n# ${secrets.token}\n`,
    [`${secrets.target}.policy`]: JSON.stringify({
      name: secrets.key,
      checks: [{ name: secrets.token, query: secrets.key }],
    }),
  },
})
const hosted =
  (framework: Framework): Start =>
  (args) =>
  (secrets) => ({
    command: process.execPath,
    args: [
      `${root}test/fixtures/hosts/${framework === 'oclif' ? 'oclif/run' : framework}.mjs`,
      ...args.split(' ').map((each) => fill(each, secrets)),
    ],
    env: { OTLP_ENDPOINT: 'https://telemetry.example.org', DELIVERY: 'auto', TOKEN: secrets.token },
    files: { [`${secrets.target}.yml`]: secrets.key, '~/.toolrc': secrets.token },
  })
const commands = [
  'build {key} --key {target}',
  'policy run no/{key}',
  'fail',
  '{key}',
  'build {key} --{target}=1',
  'policy {key}',
]

/** Of the invocations of a row one is drawn. */
describe.concurrent('secrets of any content and length', () => {
  test.each<[string, Start, string[]]>([
    ['cloudquery', cloudquery, ['version', 'provider list', 'init --config {target}.new']],
    [
      'cloudquery, fetching from no server',
      cloudquery,
      ['fetch --config {target}.yml', 'fetch host --config {target}.yml'],
    ],
    [
      'cloudquery, used wrongly',
      cloudquery,
      ['fetch {key}', 'fetch --config {target}.policy', '{key}', 'fetch --{target}'],
    ],
    [
      'cloudquery, with a policy',
      cloudquery,
      ['policy run {target}.policy --config {target}.yml', 'policy run no/{key} --data-dir {token}'],
    ],
    ...frameworks.map((framework): [string, Start, string[]] => [framework, hosted(framework), commands]),
    ['a tool that hands secrets to every call', () => tool('careless'), ['']],
  ])('%s', async (_, program, invocations) => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...invocations), twoSets, async (args, [one, other]) => {
        expect((await assertNonInterference(program(args), one, other, patient)).otlp).toBeGreaterThan(0)
      }),
      { numRuns: cases(1), endOnFailure: true, verbose: 1 },
    )
  })
})
