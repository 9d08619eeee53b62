import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import { checkOptions, type Row, type Rows } from '../../src/api/check-options.ts'
import { optionTable } from '../../src/api/option-table.ts'
import { bool, bucket, oneOf } from '../../src/schema/custom.ts'
import { impatient, newPlace, type Place, run } from '../support/program.ts'

let place: Place
beforeAll(() => {
  place = newPlace()
})
afterAll(() => place.remove())

const secret = 'hunter2-the-secret'
const app = { name: 'tool', version: '1.2.3' }

/** What is wrong with the options, or undefined. */
const problem = (options: unknown): string | undefined => {
  try {
    checkOptions('instrument', optionTable, options)
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message
  }
}

const rowsOf = (rows: Rows, parent = ''): [path: string, row: Row][] =>
  Object.entries(rows).flatMap(([name, row]): [string, Row][] => [
    [parent + name, row],
    ...(typeof row.check === 'object' ? rowsOf(row.check, `${parent}${name}.`) : []),
  ])

const publicKey = `MCowBQYDK2VwAyEA${'a'.repeat(43)}=`

const nothing = [null, 42, '', true, [], {}, () => secret]
const wrong: Record<string, readonly unknown[]> = {
  app: [undefined, null, 42, secret, [], () => app],
  'app.name': [undefined, ...nothing, 'has space', 'a/b', 'a'.repeat(65), 'MyTool', '7zip'],
  'app.version': [undefined, ...nothing, secret, 'latest', '1.2.3 '],
  'app.commit': [...nothing, secret, 'ABCDEF0'],
  'app.buildDate': [...nothing, secret, new Date(0), 'yesterday'],
  rudder: [null, 42, secret, [], () => ({})],
  'rudder.writeKey': [undefined, ...nothing, ' '],
  'rudder.dataPlaneUrl': [undefined, ...nothing, secret, 'ftp://example.org', 'example.org', new URL('http://x')],
  otlp: [null, 42, secret, []],
  'otlp.endpoint': [undefined, ...nothing, secret, 'file:///x', `://${secret}`],
  'otlp.overridable': [null, 'yes', 1, secret],
  'otlp.headers': [null, 42, secret, [], { authorization: 42 }, { a: [secret] }],
  providers: [null, 42, secret, {}, ['aws'], [{}], [{ name: '' }], [{ name: 'aws', version: 1 }], [null]],
  configFormat: [...nothing, 'YAML', secret],
  publicNames: [null, 42, secret, [], () => true],
  'publicNames.operations': [null, 42, secret, {}, [42], [null]],
  'publicNames.providers': [null, 42, secret, {}, [42]],
  'publicNames.resources': [null, 42, secret, {}, [['a']]],
  'publicNames.policies': [null, 42, secret, {}, [{}]],
  'publicNames.packages': [null, 42, secret, {}, [42]],
  'publicNames.options': [null, 42, secret, {}, [42]],
  pseudonyms: [null, 42, secret, {}, [42], ['packages'], [secret]],
  attributes: [
    null,
    42,
    secret,
    [],
    { output: secret },
    { output: ['json'] },
    { Output: bool() },
    { [secret]: bool() },
    { output: oneOf('/home/me') },
    { output: oneOf() },
    { rows: bucket(0.5) },
    Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`a${index}`, bool()])),
  ],
  identity: [...nothing, secret, {}, { hmacKey: '' }, { hmacKey: 1 }],
  project: [null, 42, [], {}],
  spans: [...nothing, 'all', secret],
  sampleRate: [null, secret, '0.5', true, -0.1, 1.1, Number.NaN, { build: 2 }, { build: '1' }, { build: null }, [2]],
  minInterval: [
    null,
    secret,
    60,
    true,
    { lint: 0 },
    { lint: 0.5 },
    { lint: 86_401 },
    { lint: '60' },
    { lint: Number.NaN },
    [60],
  ],
  controls: [null, 42, secret, [], () => ({})],
  'controls.url': [undefined, ...nothing, secret, 'ftp://example.org'],
  'controls.publicKey': [undefined, ...nothing, secret, `${publicKey}=`, `MIIB${publicKey}`, `${publicKey}\n`],
  docsUrl: [...nothing, secret, 'javascript:alert(1)'],
  envPrefix: [...nothing, 'cq', 'C-Q', '1A', secret],
  directory: [...nothing, '..', '.', 'a/b', 'a\\b', '/'],
  dataDir: [...nothing, ' '],
  logFile: [...nothing, ' '],
  command: [...nothing, ' '],
  consent: [...nothing, 'never', true, secret],
  notice: [...nothing, 'never', secret],
  publisherIds: [null, 42, secret, {}, [42]],
  sendInDevelopment: [null, 42, 'true', [], {}],
  classifyError: [null, 42, secret, [], {}],
  successCodes: [null, 1, secret, {}, [256], [-1], [1.5], ['1']],
  delivery: [...nothing, 'none', secret],
  child: [...nothing, ' '],
  signals: [null, 42, 'true', [], {}],
  joinTraces: [null, 42, 'true', [], {}],
  argv: [null, 42, secret, {}, [42]],
}

const valid = {
  app: { ...app, commit: 'abcdef0', buildDate: '2026-01-31' },
  rudder: { writeKey: secret, dataPlaneUrl: 'https://example.org' },
  otlp: { endpoint: 'http://localhost:4318', headers: { authorization: secret } },
  providers: [{ name: 'aws', version: 'v1' }, { name: 'gcp' }],
  config: { any: secret },
  configFormat: 'hcl',
  publicNames: { operations: ['fetch'], providers: () => true, resources: [], policies: () => false, packages: [] },
  pseudonyms: ['providers', 'resources'],
  attributes: { output: oneOf('json'), cached: bool(), rows: bucket(1, 5) },
  identity: { hmacKey: 'key' },
  project: 'git@example.org:me/tool',
  spans: 'operations',
  sampleRate: { build: 0.1 },
  minInterval: { lint: 3600 },
  controls: { url: 'https://example.org/controls', publicKey },
  docsUrl: 'https://example.org/docs',
  envPrefix: 'MY_TOOL2',
  directory: '.tool',
  dataDir: '/somewhere/else',
  logFile: 'a/b.log',
  command: 'tool telemetry',
  consent: 'ask',
  notice: 'anywhere',
  publisherIds: [''],
  sendInDevelopment: false,
  classifyError: () => undefined,
  successCodes: [0, 1],
  delivery: 'manual',
  child: 'self',
  signals: true,
  joinTraces: true,
  argv: [],
}

const withValue = (path: string, value: unknown): unknown => {
  const [key, below] = path.split('.') as [keyof typeof valid, string | undefined]
  return { ...valid, [key]: below === undefined ? value : { ...(valid[key] as object), [below]: value } }
}

test('every option is in the table of wrong values, except one that accepts any', () => {
  expect(problem(valid)).toBeUndefined()
  expect(Object.keys(valid)).toEqual(Object.keys(optionTable))
  const paths = rowsOf(optionTable).map(([path]) => path)
  expect(paths.filter((path) => !Object.hasOwn(wrong, path))).toEqual(['config'])
})

test('every option is in the table of docs/instrumenting.md and has a sentence', () => {
  const page = readFileSync(new URL('../../docs/instrumenting.md', import.meta.url), 'utf8')
  const documented = [...page.matchAll(/^\| `([\w.]+)` \| .*\| [^|]*\w[^|]*\. \|$/gm)].map(([, name]) => name)
  expect(rowsOf(optionTable).filter(([path]) => !documented.includes(path))).toEqual([])
})

test('the check accepts every word of a type', () => {
  const words = rowsOf(optionTable).flatMap(([path, { docs }]) =>
    docs && /^'[\w-]+'(?: \| '[\w-]+')+$/.test(docs.type ?? '')
      ? [...(docs.type ?? '').matchAll(/[\w-]+/g)].map(([word]) => ({ path, word }))
      : [],
  )
  expect(words.length).toBeGreaterThan(10)
  for (const { path, word } of words) expect(problem(withValue(path, word)), path).toBeUndefined()
})

test('a name with capitals is refused with the rule', () => {
  expect(problem({ app: { ...app, name: 'MyTool' } })).toBe(
    'instrument: option "app.name" must be a name of at most 64 characters that starts with a letter: only lower-case ' +
      'letters, digits, ".", "_" and "-" are allowed',
  )
})

test.each(Object.keys(wrong))('a wrong %s is named alone, without its value', (path) => {
  for (const value of wrong[path] ?? []) {
    const message = problem(withValue(path, value))
    const named = message?.match(/option "[^"]+"/g) ?? []
    expect(named.length, `${path}: ${String(value)}`).toBeGreaterThan(0)
    // An object in the place of an object lacks what is below.
    for (const name of named) expect(name).toContain(`option "${path}`)
    expect(message).toMatch(/^instrument: option "[\w.]+" must be /)
    expect(message).not.toContain(secret)
  }
})

test.each(Object.keys(valid).filter((key) => key !== 'app'))('%s may be left out or undefined', (key) => {
  expect(problem({ ...valid, [key]: undefined })).toBeUndefined()
  expect(problem({ app, [key]: valid[key as keyof typeof valid] })).toBeUndefined()
})

test.each([undefined, null, 42, secret, true, [], () => ({})])('options that are %s are no options', (options) => {
  expect(problem(options)).toBe('instrument: the options must be an object')
})

test.each(['writeKey', 'endpoint', 'App', 'toString', 'constructor'])('%s is not an option', (key) => {
  expect(problem({ ...valid, [key]: secret })).toMatch(`option "${key}" is not known; known are app, rudder, otlp,`)
  expect(problem({ ...valid, app: { ...app, [`x${key}`]: secret } })).toMatch(
    `option "app.x${key}" is not known; known are name, version, commit, buildDate`,
  )
  expect(problem({ ...valid, [key]: secret })).not.toContain(secret)
})

test.each<[string, unknown]>([
  ['a Map', new Map([['build', 0.1]])],
  ['a Set', new Set([0.1])],
  ['a Date', new Date()],
  ['a promise', Promise.resolve({ build: 0.1 })],
  ['a boxed number', Object(0.1)],
  ['an Error', new Error(secret)],
])('%s holds no options, as it would hold them in vain', (_, value) => {
  for (const path of ['sampleRate', 'otlp', 'otlp.headers', 'publicNames', 'attributes'])
    expect(problem(withValue(path, value))).toMatch(`option "${path}" must be `)
})

class Rates {
  readonly build = 0.1
}
test.each<[string, unknown]>([
  ['a frozen object', Object.freeze({ build: 0.1 })],
  ['an object without a prototype', Object.assign(Object.create(null) as object, { build: 0.1 })],
  ['an instance', new Rates()],
  ['an empty object', {}],
])('%s may hold rates', (_, sampleRate) => {
  expect(problem({ ...valid, sampleRate })).toBeUndefined()
})

test.each(['sampleRate', 'otlp', 'otlp.endpoint', 'app.version', 'argv'])('%s that throws is named', (path) => {
  const [key = '', below] = path.split('.')
  const throwing = (name: string, rest: object) =>
    Object.defineProperty({ ...rest }, name, {
      enumerable: true,
      get: () => {
        throw new Error(secret)
      },
    })
  const inside = valid[key as 'otlp'] as object
  const options = below === undefined ? throwing(key, valid) : { ...valid, [key]: throwing(below, inside) }
  expect(problem(options)).toBe(`instrument: option "${path}" cannot be read`)
})

test('several wrong options are named at once', () => {
  const message = problem({ ap: app, rudder: { writeKey: 42, dataPlaneUrl: secret }, notice: secret, argv: secret })
  expect(message?.match(/"[\w.]+"(?= (?:must|is))/g)).toEqual(
    ['ap', 'app', 'rudder.writeKey', 'rudder.dataPlaneUrl', 'notice', 'argv'].map((name) => `"${name}"`),
  )
  expect(message).not.toContain(secret)
})

const entry = new URL('../../dist/index.js', import.meta.url).href
const program = (lines: string): string => `import { instrument } from '${entry}'\n${lines}`

const node = (lines: string, env: NodeJS.ProcessEnv = {}, args: readonly string[] = []) =>
  run(process.execPath, ['--input-type=module', '-e', program(lines), '--', ...args], place, env)

const start = `const app = { name: 'tool', version: '1.2.3' }
const telemetry = instrument({ app, sendInDevelopment: true })
console.log(telemetry.enabled, telemetry.operation('fetch', () => 'done'))`

describe('a real process', () => {
  test('ends by the TypeError of a wrong option, even with telemetry off', async () => {
    for (const env of [{}, { TOOL_NO_TELEMETRY: '1' }]) {
      const { code, stderr } = await node(`instrument({ app: { name: 'tool' }, rudder: '${'x'.repeat(9)}' })`, env)
      expect(code).toBe(1)
      expect(stderr).toContain('TypeError: instrument: option "app.version" must be a version number')
      expect(stderr).toContain('option "rudder" must be an object')
    }
  })

  test('gets the first handle from a second call, whatever the options', async () => {
    const { code, stdout } = await node(
      `${start}
      console.log(instrument({ app: { name: 'other', version: '2.0.0' } }) === telemetry)
      try { instrument({}) } catch (error) { console.log(error.name) }
      await telemetry.shutdown()
      console.log(instrument({ app }) === telemetry)`,
      { TOOL_INSPECT_TELEMETRY: '1' },
    )
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'true done\ntrue\nTypeError\nfalse\n' })
  })

  test.each<NodeJS.ProcessEnv>([
    { TOOL_OTLP_ENDPOINT: secret },
    { TOOL_OTLP_ENDPOINT: `ftp://${secret}` },
    { OTEL_EXPORTER_OTLP_ENDPOINT: '%%%' },
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://' },
    { TOOL_OTLP_ENDPOINT: 'http://127.0.0.1:1', TOOL_OTLP_HEADERS: `=,a,%=%,${secret}` },
    { TOOL_INSPECT_TELEMETRY: '\u{1F600}', NODE_ENV: secret },
    { TOOL_INSPECT_TELEMETRY: '1', HOME: '/dev/null', TMPDIR: '/dev/null', PATH: '' },
    { TOOL_OTLP_ENDPOINT: 'http://127.0.0.1:1', CI: 'true', HOME: '/dev/null' },
    { OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '-1', OTEL_TRACES_SAMPLER: secret, TOOL_INSPECT_TELEMETRY: '1' },
    { OTEL_RESOURCE_ATTRIBUTES: `a=${secret}`, OTEL_SERVICE_NAME: secret, TOOL_INSPECT_TELEMETRY: '1' },
  ])('goes its way in the environment %j', async (env) => {
    const { code, stdout, stderr } = await node(start, { TOOL_DEBUG_TELEMETRY: '1', ...impatient, ...env })
    expect(stdout).toMatch(/^(?:true|false) done\n$/)
    expect(code).toBe(0)
    expect(stderr).not.toContain(secret)
    expect(stderr).not.toMatch(/Error/)
  })
})
