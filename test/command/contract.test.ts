import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Options } from '../../src/api/options.ts'
import { differenceOf } from '../../src/command/contract-difference.ts'
import { lockOf, lockText, parseLock } from '../../src/command/contract-lock.ts'
import { registryFiles } from '../../src/command/contract-weaver.ts'
import { termsOf } from '../../src/contract/terms.ts'
import { rowsOf } from '../../src/contract/rows.ts'
import { bool, bucket, oneOf } from '../../src/schema/custom.ts'
import { table } from '../../src/schema/table.ts'
import { cli } from '../support/cloudquery.ts'
import { usePlace } from '../support/place.ts'
import { run } from '../support/program.ts'
import { semconvProblems } from '../support/semconv.ts'

const place = usePlace()

const root = new URL('../..', import.meta.url).pathname
const main = join(root, 'dist/command/main.js')
const entry = JSON.stringify(join(root, 'dist/index.js'))
const contract = (args: readonly string[], command: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  run(process.execPath, [main, 'contract', ...args, '--', ...command], place, env)

const app = { name: 'mytool', version: '1.0.0' }
const lockWith = (options: Partial<Options> = {}) => lockOf(new Set(termsOf({ app, ...options })))

/** A host in a file of its own, with options as source. */
const host = (name: string, options: string, before = ''): string[] => {
  const load = name.endsWith('.cjs')
    ? `const { instrument, oneOf } = require(${entry})`
    : `import { instrument, oneOf } from ${entry}`
  const path = join(place.cwd, name)
  writeFileSync(path, `${load}\n${before}\nconst telemetry = instrument(${options})\nconsole.log(telemetry.enabled)\n`)
  return [process.execPath, path]
}
const options = (more = ''): string =>
  `{ app: { name: 'mytool', version: '1.0.0' }, otlp: { endpoint: 'http://127.0.0.1:9' }, sendInDevelopment: true, ${more} }`

describe('the reference host', () => {
  test("collects exactly what its committed file lists, whatever the user's variables", async () => {
    const file = join(root, 'examples/cloudquery/telemetry.lock.json')
    const checked = await Promise.all(
      [{}, { DO_NOT_TRACK: '1', CI: 'true' }].map((env) =>
        contract(['--check', '--lock', file], [process.execPath, cli, '--version'], env),
      ),
    )
    for (const { code, stdout } of checked)
      expect({ code, stdout: stdout.replaceAll(/\s+/g, ' ') }).toEqual({
        code: 0,
        stdout: `${file} says what is collected. `,
      })
    expect(readdirSync(place.home)).toEqual([])
  })

  test('fails the check with another destination, and says which', async () => {
    const file = join(root, 'examples/cloudquery/telemetry.lock.json')
    const { code, stdout } = await contract(
      ['--check', '--json', '--lock', file],
      [process.execPath, cli, '--version'],
      { CQ_RUDDER_URL: 'https://user:secret@data.example/secret', CQ_RUDDER_WRITE_KEY: 'secret' },
    )
    expect({ code, ...(JSON.parse(stdout) as object) }).toEqual({
      code: 1,
      wider: ['Runs of development builds are now sent.', 'Data now goes to data.example, by RudderStack.'],
      narrower: [],
      changed: [],
    })
  })
})

describe('any other host', () => {
  test('writes the file as an ES module, as CommonJS and with an adapter, and records and sends nothing', async () => {
    const hosts = {
      esm: host('esm.mjs', options()),
      cjs: host('cjs.cjs', options()),
      // A process that the command starts: npx, a compiler of TypeScript, a launcher.
      started: [
        process.execPath,
        '-e',
        `require('node:child_process').spawnSync(process.execPath, [${JSON.stringify(join(place.cwd, 'esm.mjs'))}])`,
      ],
      adapter: [process.execPath, join(root, 'examples/frameworks/dist/commander.js'), '--help'],
    }
    const ended = await Promise.all(
      Object.entries(hosts).map(([name, command]) => contract(['--lock', `${name}.json`], command)),
    )
    expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(ended.map(() => ({ code: 0, stderr: '' })))
    const written = (name: string): string => readFileSync(join(place.cwd, `${name}.json`), 'utf8')
    const expected = lockWith({ otlp: { endpoint: 'http://127.0.0.1:9' }, sendInDevelopment: true })
    for (const name of ['esm', 'cjs', 'started'])
      expect(JSON.parse(written(name))).toEqual({
        ...expected,
        package: expect.stringMatching(/^cq-telemetry \d/) as string,
      })
    expect((JSON.parse(written('adapter')) as { allows: object }).allows).toMatchObject({
      'public operations': ['(commands of the program)'],
      'public options': ['(options of the program)'],
      'public packages': ['frameworks'],
    })
    expect(readdirSync(place.home)).toEqual([])
  })

  test.each([
    ['does not call instrument()', ['-e', '1'], 'has not called instrument()'],
    ['has wrong options', ['-e', `require(${entry}).instrument({})`], 'has not called instrument()'],
    ['fails before it', ['-e', 'throw 1'], 'has not called instrument()'],
  ])('that %s is an error, and no file is written', async (_, args, says) => {
    const { code, stderr } = await contract([], [process.execPath, ...args])
    expect({ code, says: stderr.replaceAll(/\s+/g, ' ').includes(says) }).toEqual({ code: 2, says: true })
    expect(existsSync(join(place.cwd, 'telemetry.lock.json'))).toBe(false)
  })

  test('fails the check if it is wider, and passes if it is narrower or equal', async () => {
    const name = `publicNames: { operations: ['build', 'lint'] }`
    expect((await contract([], host('host.mjs', options(`publicNames: { operations: ['build'] }`)))).code).toBe(0)
    const wide = await contract(['--check'], host('host.mjs', options(name)))
    expect(wide).toMatchObject({ code: 1 })
    expect(wide.stdout).toContain('Wider:\n- The operation `lint` is now sent by its name.\n')
    const narrow = await contract(['--check'], host('host.mjs', options(`identity: 'random-only'`)))
    expect(narrow).toMatchObject({ code: 0 })
    expect(narrow.stdout).toContain('Narrower:\n')
    expect(narrow.stdout).toContain('to write it again')
  })

  test('has each name of a list, however long', async () => {
    const names = (count: number) =>
      options(`publicNames: { operations: Array.from({ length: ${count} }, (_, index) => 'step ' + index) }`)
    expect((await contract([], host('host.mjs', names(1_500)))).code).toBe(0)
    const [wide, narrow] = await Promise.all([
      contract(['--check', '--json'], host('wide.mjs', names(1_501))),
      contract(['--check', '--json'], host('narrow.mjs', names(2))),
    ])
    expect({ code: wide.code, ...(JSON.parse(wide.stdout) as object) }).toEqual({
      code: 1,
      wider: ['The operation `step 1500` is now sent by its name.'],
      narrower: [],
      changed: [],
    })
    expect(narrow.code).toBe(0)
    expect((JSON.parse(narrow.stdout) as { wider: unknown[]; narrower: unknown[] }).narrower).toHaveLength(1_498)
  })

  test.each([
    [['--check'], 2, 'telemetry.lock.json cannot be read (ENOENT): write it first, without --check'],
    [['--check', '--lock', '.'], 2, '. cannot be read (EISDIR): it is a directory'],
    [['--lock', '../other.json'], 1, 'other.json cannot be written (it is outside of the project, perhaps through a'],
    [['--weaver', '../registry'], 1, 'cannot be written (it is outside of the project, perhaps through a link)'],
  ])('%j is an error that says why', async (args, code, says) => {
    const ended = await contract(args, host('host.mjs', options()))
    expect({ code: ended.code, says: ended.stderr.replaceAll(/\s+/g, ' ') }).toEqual({
      code,
      says: expect.stringContaining(says) as string,
    })
  })

  test('without a file to compare with fails the check', async () => {
    const [{ code, stderr }, weaver] = await Promise.all([
      contract(['--check'], host('host.mjs', options())),
      contract(['--check', '--weaver', 'registry'], host('host.mjs', options())),
    ])
    expect({ code, names: stderr.includes('telemetry.lock.json') }).toEqual({ code: 2, names: true })
    expect({ code: weaver.code, written: existsSync(join(place.cwd, 'registry')) }).toEqual({ code: 2, written: false })
  })
})

test.each<readonly [string, string]>([
  ['', 'is not JSON'],
  ['{', 'is not JSON'],
  [`<<<<<<< HEAD\n${lockText(lockWith())}=======\n{}\n>>>>>>> main\n`, 'is not JSON'],
  ['{"lockfileVersion":3}', 'is no lock file'],
  ['[]', 'is no lock file'],
  ['null', 'is no lock file'],
  ...[
    { version: 2 },
    { version: '1' },
    { tool: null },
    { allows: 'all' },
    { allows: [] },
    { allows: { 'public operations': 'build' } },
    { allows: { 'public operations': null } },
    { allows: { 'public operations': [1] } },
    { attributes: 5 },
    { attributes: { 'os.type': null } },
    { attributes: { 'os.type': {} } },
    { attributes: { 'os.type': { ...lockWith().attributes['os.type'], values: {} } } },
    { attributes: { 'os.type': { ...lockWith().attributes['os.type'], on: 'resource' } } },
  ].map((edit) => [JSON.stringify({ ...lockWith(), ...edit }), 'is no lock file'] as const),
])('a file that reads %j is not taken for a lock file', (text, says) => {
  expect(() => parseLock(text, 'a file')).toThrow(`a file ${says}`)
})

/** Each list and each object the other way round, as no tool writes it. */
const turned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(turned).reverse()
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, each]) => [key, turned(each)]),
  )
}

test.each([
  ['with Windows line ends', (text: string) => text.replaceAll('\n', '\r\n')],
  ['in one line', (text: string) => JSON.stringify(JSON.parse(text))],
  ['in another order', (text: string) => JSON.stringify(turned(JSON.parse(text)))],
  ['of another version of the package', (text: string) => text.replace(/"cq-telemetry [^"]+"/, '"cq-telemetry 9.9.9"')],
])('a file %s says the same', (_, edit) => {
  const lock = lockWith({ publicNames: { operations: ['build', 'lint'] }, attributes: { output: oneOf('a', 'b') } })
  expect(differenceOf(parseLock(edit(lockText(lock)), ''), lock)).toEqual({ wider: [], narrower: [], changed: [] })
})

test('a file may have keys that any object has', () => {
  const lock = lockWith()
  const text = lockText({ ...lock, allows: { ...lock.allows, constructor: ['x'], 'toString y': ['z'] } })
  expect(differenceOf(parseLock(text, ''), lock).narrower).toEqual([
    'constructor x is no longer allowed.',
    'toString y z is no longer allowed.',
  ])
})

test('the file is the same whatever the order of the options', () => {
  const one = lockWith({
    publicNames: { operations: ['b', 'a', 'a'], packages: ['x'] },
    attributes: { output: oneOf('b', 'a'), rows: bucket(10, 2) },
    pseudonyms: ['providers', 'operations'],
  })
  const other = lockWith({
    pseudonyms: ['operations', 'providers'],
    attributes: { rows: bucket(2, 10), output: oneOf('a', 'b') },
    publicNames: { packages: ['x'], operations: ['a', 'b'] },
  })
  expect(lockText(one)).toBe(lockText(other))
})

test('a host that can fill all attributes has each of the table, in one of its forms', () => {
  const all: Partial<Options> = {
    app: { ...app, commit: '0f1e2d3', buildDate: '2026-01-31' },
    config: {},
    configFormat: 'yaml',
    providers: [],
    project: 'a project',
    publicNames: { options: ['force'] },
  }
  const keys = (identity: 'hashes' | 'none') =>
    rowsOf(new Set(termsOf({ app, ...all, identity }))).map(({ key }) => key)
  expect(new Set([...keys('hashes'), ...keys('none')])).toEqual(new Set(table.map(({ key }) => key)))
})

test.each<[string, Partial<Options>, readonly string[]]>([
  ['no id', { identity: 'none' }, ['app.installation.id', 'cq.hash.ip', 'cq.database.id']],
  ['a random id alone', { identity: 'random-only' }, ['cq.hash.ip', 'cq.hash.mac', 'cq.hash.host', 'cq.age']],
  ['operations alone', { spans: 'operations' }, ['cq.resource.name', 'cq.provider.version']],
  ['no option', {}, ['cq.options', 'cq.providers.installed', 'cq.first.day']],
])('a host with %s does not have the attributes that it cannot send', (_, given, without) => {
  const { attributes } = lockWith(given)
  expect(without.filter((key) => key in attributes)).toEqual([])
})

const differences: Readonly<
  Record<string, [Partial<Options>, Partial<Options>, readonly string[], readonly string[]]>
> = {
  'a name': [
    { publicNames: { policies: ['a'] } },
    { publicNames: { policies: ['b'] } },
    ['The policy `b` is now sent by its name.'],
    ['The policy `a` is no longer sent by its name.'],
  ],
  'a function': [
    {},
    { publicNames: { resources: () => true } },
    ['Public names of resources are now decided while the tool runs: by a function.'],
    [],
  ],
  'a function in the place of a list': [
    { publicNames: { operations: ['build'] } },
    { publicNames: { operations: () => true } },
    ['Public names of operations are now decided while the tool runs: by a function.'],
    [],
  ],
  'a list in the place of a function': [
    { publicNames: { operations: () => true } },
    { publicNames: { operations: ['build'] } },
    [],
    ['Public names of operations are no longer decided while the tool runs: by a function.'],
  ],
  'a function with names of its own': [
    { publicNames: { operations: ['build'] } },
    { publicNames: { operations: Object.assign(() => true, { names: ['build'] }) } },
    ['Public names of operations are now decided while the tool runs: by a function.'],
    [],
  ],
  'an attribute': [
    {},
    { attributes: { cached: bool() } },
    ['`cq.custom.cached` is now sent (declared by the tool; boolean): Declared by the tool.'],
    [],
  ],
  'a word': [
    { attributes: { output: oneOf('json', 'text') } },
    { attributes: { output: oneOf('json', 'yaml') } },
    ['`yaml` is now a value of `cq.custom.output`.'],
    ['`text` is no longer a value of `cq.custom.output`.'],
  ],
  'a destination': [
    { otlp: { endpoint: 'https://a.example' } },
    { otlp: { endpoint: 'https://b.example' } },
    ['Data now goes to b.example, by OpenTelemetry.'],
    ['Data no longer goes to a.example, by OpenTelemetry.'],
  ],
  'no destination of its own': [
    { otlp: { endpoint: 'https://a.example' } },
    {},
    [],
    ['Data no longer goes to a.example, by OpenTelemetry.'],
  ],
  'hashes without a key': [
    { identity: { hmacKey: 'k' } },
    {},
    ['An installation is now identified: hashes without a key.'],
    [],
  ],
  pseudonyms: [{}, { pseudonyms: ['operations'] }, ['Private names of operations are now sent as pseudonyms.'], []],
  'trace ids': [{}, { joinTraces: true }, ['The trace id that the variable `TRACEPARENT` holds is now sent.'], []],
  'the notice': [{}, { notice: 'anywhere' }, ['Data is now sent once the notice was printed anywhere.'], []],
  'a silent notice': [{ notice: 'silent' }, {}, ['Data is now sent once the notice was printed on a terminal.'], []],
  'development builds': [{}, { sendInDevelopment: true }, ['Runs of development builds are now sent.'], []],
  'a name that is never sent': [
    {},
    { publicNames: { operations: ['/etc/passwd', 'A B', 'private', '_OTHER'] } },
    [],
    [],
  ],
  'an option whose name is a reserved one elsewhere': [
    { publicNames: { options: ['a'] } },
    { publicNames: { options: ['a', 'private'] } },
    ['The option `private` is now sent by its name.'],
    [],
  ],
  'what an installation without an id never sends': [
    { identity: 'none' },
    {
      identity: 'none',
      pseudonyms: ['operations'],
      joinTraces: true,
      config: {},
      configFormat: 'yaml',
      providers: [],
      project: 'a project',
    },
    [],
    [],
  ],
  'the format of no configuration': [{}, { configFormat: 'yaml' }, [], []],
  // The collector is one of the user's organisation, named in a variable of theirs.
  'a collector that the user may name': [
    { otlp: { endpoint: 'https://a.example' } },
    { otlp: { endpoint: 'https://a.example', overridable: true } },
    [],
    [],
  ],
  ...Object.fromEntries(
    [null, false, 0, ''].map((config) => [
      `a configuration that is ${JSON.stringify(config)}`,
      [{ config: {} }, { config }, [], []],
    ]),
  ),
  ...Object.fromEntries(
    (
      [
        { sampleRate: 0.1 },
        { minInterval: { build: 60 } },
        { delivery: 'manual' },
        { docsUrl: 'https://a.example' },
      ] as const
    ).map((given) => [`how often or how: ${Object.keys(given).join()}`, [{}, given, [], []]]),
  ),
}

test.each(Object.entries(differences))('a difference in %s is a sentence', (_, [before, after, wider, narrower]) => {
  expect(differenceOf(lockWith(before), lockWith(after))).toEqual({ wider, narrower, changed: [] })
})

test('a tool whose users may name the collector lists that as a destination', () => {
  const collectors = (otlp?: Options['otlp']) => lockWith({ otlp }).allows['destination otlp']
  const anywhere = '(where the variables of the user say)'
  const endpoint = 'https://a.example'
  expect(collectors()).toEqual([anywhere])
  expect(collectors({ endpoint })).toEqual(['a.example'])
  expect(collectors({ endpoint, overridable: true })).toEqual([anywhere, 'a.example'])
})

test('options of a class are those of an object', () => {
  class Inherited {
    get joinTraces() {
      return true
    }
    get project() {
      return 'a project'
    }
    readonly app = new (class {
      readonly name = 'mytool'
      readonly version = '1.0.0'
      get commit() {
        return '0f1e2d3'
      }
    })()
    readonly publicNames = new (class {
      get operations() {
        return ['build'] as const
      }
      get packages() {
        return () => true
      }
    })()
  }
  const own: Options = {
    app: { ...app, commit: '0f1e2d3' },
    joinTraces: true,
    project: 'a project',
    publicNames: { operations: ['build'], packages: () => true },
  }
  expect(lockOf(new Set(termsOf(new Inherited())))).toEqual(lockOf(new Set(termsOf(own))))
})

test('a different purpose, form or type is a change', () => {
  const now = lockWith()
  const id = now.attributes['app.installation.id']
  if (!id) throw new Error('no id')
  const before = {
    ...now,
    attributes: { ...now.attributes, 'app.installation.id': { ...id, purpose: 'No.', type: 'int' } },
  }
  const { wider, narrower, changed } = differenceOf(before, now)
  expect({ wider, narrower, changes: changed.length }).toEqual({ wider: [], narrower: [], changes: 2 })
})

test('an attribute has its purpose and its sensitivity', () => {
  const { attributes } = lockWith({ config: {} })
  const sensitivity = (key: string) => attributes[key]?.sensitivity
  expect(sensitivity('app.installation.id')).toBe('identifies an installation')
  expect(sensitivity('cq.hash.mac')).toBe('identifies an installation')
  expect(sensitivity('cq.database.id')).toBe('identifies an installation')
  expect(sensitivity('service.instance.id')).toBe('identifies one run')
  expect(sensitivity('session.id')).toBe('identifies one run')
  expect(sensitivity('geo.country.iso_code')).toBe('coarse location')
  expect(sensitivity('cq.operation.name')).toBe('declared by the tool')
  expect(sensitivity('os.type')).toBe('technical')
  expect(Object.values(attributes).filter(({ purpose }) => purpose.length < 10)).toEqual([])
})

describe('the registry for Weaver', () => {
  const everything: Partial<Options> = {
    config: {},
    publicNames: { options: ['force'] },
    attributes: { cached: bool(), output: oneOf('on', '1.0', 'a-b', 'null'), rows: bucket(0, 10) },
  }

  test.each<[string, Partial<Options>]>([
    ['everything', everything],
    ['little', { identity: 'none', spans: 'operations' }],
  ])('of %s is one, by the rules of its schema', (_, given) => {
    const files = registryFiles(lockWith(given))
    expect(semconvProblems(files['attributes.yaml'] ?? '')).toEqual([])
  })

  test('has each attribute of the lock file, with its words as strings', () => {
    const lock = lockWith(everything)
    const { groups } = parse(registryFiles(lock)['attributes.yaml'] ?? '') as {
      groups: { attributes: { id: string; type: { members?: { value: unknown }[] } }[] }[]
    }
    const defined = groups[0]?.attributes ?? []
    expect(defined.map(({ id }) => id)).toEqual(Object.keys(lock.attributes))
    const output = defined.find(({ id }) => id === 'cq.custom.output')
    expect(output?.type.members?.map(({ value }) => value)).toEqual(['1.0', 'a-b', 'null', 'on'])
  })

  test('names itself in its manifest', () => {
    expect(parse(registryFiles(lockWith())['manifest.yaml'] ?? '')).toMatchObject({
      name: 'mytool',
      schema_url: expect.stringMatching(/^https:.*\/mytool\/\d+\.\d+\.\d+$/) as string,
    })
  })

  test('of a tool with the name of one of its files has both files', () => {
    for (const name of ['manifest', 'attributes'])
      expect(Object.keys(registryFiles(lockWith({ app: { ...app, name } })))).toEqual([
        'manifest.yaml',
        'attributes.yaml',
      ])
  })

  test('is written beside the lock file', async () => {
    const { code } = await contract(['--weaver', 'registry'], host('host.mjs', options()))
    expect(code).toBe(0)
    expect(readdirSync(join(place.cwd, 'registry')).sort()).toEqual(['attributes.yaml', 'manifest.yaml'])
  })

  test('the rules find mistakes', () => {
    const file = (attribute: string) =>
      `groups:\n  - id: g\n    type: attribute_group\n    brief: b\n    attributes:\n      - ${attribute}\n`
    const right = '{ id: a, type: int, stability: development, brief: b, note: n }'
    expect(semconvProblems(file(right))).toEqual([])
    for (const wrong of [
      right.replace('int', 'integer'),
      right.replace('development', 'experimental'),
      right.replace('brief: b, ', ''),
      right.replace('int', 'string'),
      '{ ref: b, requirement_level: opt_in }',
    ])
      expect(semconvProblems(file(wrong))).not.toEqual([])
  })
})
