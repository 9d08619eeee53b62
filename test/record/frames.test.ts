import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { builtinModules, createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { framesOf } from '../../src/record/crash/frames.ts'
import { frame, publicFrames } from '../../src/schema/frame.ts'
import { publicize } from '../../src/schema/names.ts'
import { cases, fc } from '../support/property.ts'
import { usePlace } from '../support/place.ts'
import { run } from '../support/program.ts'
import { record } from '../support/record.ts'

/** Where in the code a fault was: only places that the tool has published, whatever the error says of itself. */

const place = usePlace()
const require = createRequire(import.meta.url)

const write = (path: string, text: string): string => {
  const file = join(place.cwd, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}
const makePackage = (path: string, name: string) => write(`${path}/package.json`, JSON.stringify({ name }))

type Throws = (work?: () => unknown, name?: string) => Error
/** A file of code in the place, and the function that it exports. */
const load = (path: string, code: string): Throws => require(write(path, code)) as Throws
const makesError = `module.exports = () => new Error('x')`

const packages = ['mytool', '@scope/mytool']
const leaving = (error: unknown) => publicFrames(framesOf(error), publicize({ packages }))

describe('the file of a frame leaves', () => {
  test.each([
    ['node_modules/mytool', 'mytool', 'dist/main.cjs'],
    ['node_modules/mytool', 'mytool', 'lib/deep/er/a-b_c.test.cjs'],
    ['node_modules/@scope/mytool', '@scope/mytool', 'src/chunk-AB12.cjs'],
    ['node_modules/mytool', 'mytool', 'bin/mytool.js'],
  ])('from %s as %s/%s', (directory, name, file) => {
    makePackage(directory, name)
    expect(leaving(load(`${directory}/${file}`, makesError)())[0]).toBe(`${name}/${file}:1:24`)
  })

  test.each([
    ['of a package that is not declared', 'node_modules/other', 'other', 'dist/x.cjs'],
    [
      "of a user's project in the tool's directory",
      'node_modules/mytool',
      'mytool',
      'projects/alice@example.com/x.cjs',
    ],
    ["of a user's dist there", 'node_modules/mytool', 'mytool', 'projects/alice/dist/x.cjs'],
    ['at the top of the package', 'node_modules/mytool', 'mytool', 'alice.cjs'],
    ['with an address below dist', 'node_modules/mytool', 'mytool', 'dist/alice@example.com/x.cjs'],
    ['with a blank', 'node_modules/mytool', 'mytool', 'dist/alice b/x.cjs'],
    ['with a letter that is not of ASCII', 'node_modules/mytool', 'mytool', 'dist/älice.cjs'],
    ['with a line end', 'node_modules/mytool', 'mytool', 'dist/alice\nb.cjs'],
    ['without an ending', 'node_modules/mytool', 'mytool', 'dist/alice'],
    ['of a project that has the name of the tool', 'alice', 'mytool', 'dist/x.cjs'],
    ['of a directory that has the name of the tool', 'alice/mytool', 'mytool', 'src/x.cjs'],
  ])('not where it is %s', (_, directory, name, file) => {
    makePackage('node_modules/mytool', 'mytool')
    makePackage(directory, name)
    const frames = leaving(load(`${directory}/${file}`, makesError)())
    expect(frames[0]).toBe('_OTHER')
    expect(frames.join()).not.toMatch(/alice|älice|other\//)
  })

  test.each<[string, (path: string) => void]>([
    ['a FIFO', (path) => void execFileSync('mkfifo', [path])],
    ['400 MB long', (path) => [writeFileSync(path, ''), truncateSync(path, 400_000_000)]],
    ['a directory', (path) => mkdirSync(path)],
    ['no JSON', (path) => writeFileSync(path, '{')],
  ])('not where the package.json is %s', (_, make) => {
    const error = load('dist/main.cjs', makesError)
    const made = error()
    make(join(place.cwd, 'package.json'))
    expect(framesOf(made)[0]).toBe('_OTHER')
  })
})

describe('only frames that V8 recorded are sent, with', () => {
  const secret = /alice|77777/
  const line = () =>
    `    at alice (${pathToFileURL(join(place.cwd, 'node_modules/mytool/dist/main.cjs')).href}:1:77777)`
  const fake = (file: string) => pathToFileURL(join(place.cwd, 'node_modules/mytool/dist', file)).href
  const inTool = (code: string, work?: () => unknown, name?: string) => {
    makePackage('node_modules/mytool', 'mytool')
    return load('node_modules/mytool/dist/main.cjs', code)(work, name)
  }
  const changed = (change: (error: Error) => void) => () => {
    const error = inTool(makesError)
    change(error)
    return error
  }
  const read = (error: Error) => expect(error.stack).toContain('at ')
  const named = `module.exports = (work, name) => {
    const f = () => new Error('x'); Object.defineProperty(f, 'name', { value: name }); return f() }`

  test.each<[string, () => unknown]>([
    ['a message of frames', () => inTool(`module.exports = (_, text) => new Error(text)`, undefined, `x\n${line()}`)],
    [
      'a message of frames that was cut after the stack was read',
      () => {
        const error = inTool(`module.exports = (_, text) => new Error(text)`, undefined, `x\n${line()}`)
        read(error)
        error.message = 'x'
        return error
      },
    ],
    [
      'a stack that was read before the message was changed',
      changed((error) => [read(error), (error.message = line())]),
    ],
    ['a stack that was set', changed((error) => (error.stack = `Error: x\n${line()}`))],
    ['a stack that was set to frames alone', changed((error) => (error.stack = line()))],
    ['a name of frames', changed((error) => (error.name = `x\n${line()}`))],
    ['a code of frames', changed((error) => Object.assign(error, { code: line() }))],
    ['a function called after data', () => inTool(named, undefined, 'alice')],
    ['a function called after a frame', () => inTool(named, undefined, `x (file:///x:1:1)\n${line()}`)],
    [
      'a computed key',
      () => inTool(`module.exports = (_, k) => ({ [k]() { return new Error('x') } })[k]()`, undefined, `a\n${line()}`),
    ],
    [
      'a symbol',
      () =>
        inTool(
          `module.exports = (_, k) => { const s = Symbol(k); return { [s]() { return new Error('x') } }[s]() }`,
          undefined,
          line(),
        ),
    ],
    [
      'a class',
      () =>
        inTool(
          `module.exports = (_, k) => { const C = { [k]: class { constructor() { this.error = new Error('x') } } }[k]; return new C().error }`,
          undefined,
          `a\n${line()}`,
        ),
    ],
    [
      'a method of a class called after data',
      () =>
        inTool(
          `module.exports = (_, k) => { class A { run() { return new Error('x') } } Object.defineProperty(A, 'name', { value: k }); return new A().run() }`,
          undefined,
          `a\n${line()}`,
        ),
    ],
    [
      'an async function',
      () =>
        inTool(
          `module.exports = (_, k) => { let e; const f = { async [k]() { e = new Error('x') } }; f[k](); return e }`,
          undefined,
          `a\n${line()}`,
        ),
    ],
    [
      'eval',
      () => inTool(`module.exports = (_, k) => eval(k)`, undefined, `(function alice() { return new Error('x') })()`),
    ],
    [
      'eval that calls itself a file',
      () =>
        inTool(
          `module.exports = (_, k) => (0, eval)(k)`,
          undefined,
          `new Error('x')\n//# sourceURL=${fake('alice.js')}`,
        ),
    ],
    [
      'a script that calls itself a file',
      () =>
        inTool(
          `module.exports = (_, k) => new (require('vm').Script)("new Error('x')", { filename: k }).runInThisContext()`,
          undefined,
          fake('alice.js'),
        ),
    ],
    [
      'a script that calls itself a module of Node',
      () =>
        inTool(
          `module.exports = (_, k) => new (require('vm').Script)("new Error('x')", { filename: k }).runInThisContext()`,
          undefined,
          'node:alice',
        ),
    ],
    [
      'a script beyond the end of the file',
      () =>
        inTool(
          `module.exports = (_, k) => new (require('vm').Script)("new Error('x')", { filename: k, lineOffset: 77776 }).runInThisContext()`,
          undefined,
          fake('main.cjs'),
        ),
    ],
    [
      'an error of another realm',
      () =>
        inTool(
          `module.exports = (_, k) => require('vm').runInNewContext("new Error('x')", {}, { filename: k })`,
          undefined,
          fake('alice.js'),
        ),
    ],
    ['an object with a stack', () => ({ name: 'Error', message: 'x', stack: `Error: x\n${line()}` })],
    [
      'a getter of the stack',
      changed((error) => Object.defineProperty(error, 'stack', { get: () => `Error: x\n${line()}` })),
    ],
    [
      'a host that makes stacks',
      changed((error) => {
        Error.prepareStackTrace = () => `Error: x\n${line()}`
        try {
          void error.stack
        } finally {
          Reflect.deleteProperty(Error, 'prepareStackTrace')
        }
      }),
    ],
  ])('%s', (_, make) => {
    const frames = leaving(make())
    expect(frames.join('\n')).not.toMatch(secret)
    for (const each of frames)
      expect(each).toMatch(/^(?:_OTHER|mytool\/dist\/main\.cjs:[1-3]:\d{1,3}|node:[\w/]+:\d+:\d+)$/)
  })

  test('any text in place of a frame', () => {
    const judge = publicize({ packages: () => true })
    fc.assert(
      fc.property(fc.array(fc.string()), (texts) => {
        expect(publicFrames(texts, judge)).toEqual(texts.map(() => '_OTHER'))
      }),
      { numRuns: cases(300) },
    )
  })
})

describe('a place', () => {
  const leaves = (text: string) => publicFrames([text], publicize({ packages }))[0] === text

  test.each(builtinModules)("in Node's module %s is sent", (name) => {
    expect(leaves(`node:${name.replace(/^node:/, '')}:1:2`)).toBe(true)
  })

  test.each([
    ['node:fs:1:2', true],
    ['node:internal/process/task_queues:95:5', true],
    ['node:alice:1:2', false],
    ['node:internal/alice:1:2', false],
    ['node:fs/alice:1:2', false],
    ['node:fs', false],
    ['node:fs:0:2', false],
    ['node:fs:01:2', false],
    ['node:fs:1:12345678', false],
    ['node:fs:1:2\n', false],
    ['mytool/dist/x.js:1:2', true],
    ['mytool/dist/x.d.mts:1:2', true],
    ['mytool/dist/x.js:1:-2', false],
    ['mytool/dist/x.js:1:2.5', false],
    ['mytool/dist/x.js:1', false],
    ['mytool/dist/../x.js:1:2', false],
    ['mytool/dist/.env.js:1:2', false],
    ['mytool/dist//x.js:1:2', false],
    ['mytool/dist/x.json:1:2', false],
    ['mytool/dist/x.js/alice:1:2', false],
    ['mytool/distx/x.js:1:2', false],
    ['mytool/alice/dist/x.js:1:2', false],
    ['other/dist/x.js:1:2', false],
    ['_OTHER', true],
  ])('%s: %s', (text, expected) => {
    expect(leaves(text)).toBe(expected)
    if (expected) expect(frame().accepts(text)).toBe(true)
  })
})

describe('the host', () => {
  const twins = () => [1, 2].map(() => new TypeError('x')) as [Error, Error]

  test('gets the same stack as without telemetry', () => {
    const [asked, other] = twins()
    expect(framesOf(asked).length).toBeGreaterThan(0)
    expect(asked.stack).toBe(other.stack)
  })

  test.each<[string, PropertyDescriptor | undefined]>([
    ['none', undefined],
    [
      'one of its own',
      { value: (_: Error, sites: unknown[]) => sites.length, writable: true, enumerable: true, configurable: true },
    ],
    ['one that cannot be changed', { value: () => 'fixed', writable: false, enumerable: false, configurable: true }],
    ['a getter', { get: () => undefined, set: () => undefined, enumerable: false, configurable: true }],
  ])('with a prepareStackTrace that is %s keeps it', (_, descriptor) => {
    const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
    if (descriptor) Object.defineProperty(Error, 'prepareStackTrace', descriptor)
    const [asked, other] = twins()
    framesOf(asked)
    const kept = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
    const stacks = [asked.stack, other.stack]
    if (before) Object.defineProperty(Error, 'prepareStackTrace', before)
    else Reflect.deleteProperty(Error, 'prepareStackTrace')
    expect(kept).toEqual(descriptor ?? before)
    expect(stacks[0]).toEqual(stacks[1])
  })

  const entry = new URL('../../dist/index.js', import.meta.url).href
  const noEntry = 'data:text/javascript,export const instrument = () => undefined'
  const source = (body: string) => `const { instrument } = await import(process.argv[2])
instrument({
  app: { name: 'mytool', version: '1.2.3' },
  otlp: { endpoint: 'http://127.0.0.1:1' },
  notice: 'silent',
  delivery: 'manual',
  sendInDevelopment: true,
})
${body}`

  test.each([
    ['an error', [], `throw new RangeError('x')`],
    ['an error with a cause', [], `throw new RangeError('x', { cause: new Error('y') })`],
    ['a rejection', [], `Promise.reject(new Error('x'))`],
    ['a rejection of a text', [], `Promise.reject('x')`],
    ["an error of Node's", [], `(await import('node:fs')).readFileSync({})`],
    ['an error with source maps', ['--enable-source-maps'], `throw new Error('x')`],
    ['an error with frozen intrinsics', ['--frozen-intrinsics', '--no-warnings'], `throw new Error('x')`],
    ['an error, and no limit of frames', [], `Error.stackTraceLimit = Infinity; throw new Error('x')`],
    [
      'an error, and a host that makes stacks',
      [],
      `Error.prepareStackTrace = (e, s) => e.name + s.length; throw new Error('x')`,
    ],
    ['an error that is frozen', [], `throw Object.freeze(new Error('x'))`],
  ])('ends by %s with the same words', async (_, flags, body) => {
    const file = write('main.mjs', source(body))
    const ended = async (imported: string) => {
      const { code, stdout, stderr } = await run(process.execPath, [...flags, file, imported], place, {})
      return { code, stdout, stderr }
    }
    expect(await ended(entry)).toEqual(await ended(noEntry))
    const spool = join(place.home, '.mytool/telemetry/spool')
    const lines = readdirSync(spool).map((name) => readFileSync(join(spool, name), 'utf8'))
    expect(lines.join()).toContain('cq.crash.kind')
  })
})

describe('the fingerprint', () => {
  const report = (error: unknown) => {
    const recorded = record({ packages })
    recorded.uncaught(error, 'uncaught')
    recorded.end(1)
    return recorded.spanOf('crash').attributes
  }
  const tool = () => {
    makePackage('node_modules/mytool', 'mytool')
    return load('node_modules/mytool/dist/main.cjs', `module.exports = (work) => work ? work() : new Error('x')`)
  }
  const project = (name: string, body: string) => load(`${name}/index.cjs`, `module.exports = (work) => ${body}`)

  test('of a fault is the same in every project of a user', () => {
    const throws = tool()
    const direct = project('alice', 'work()')(throws)
    const deeper = project('bob/deep/er', '[1].map(() => (() => work())())[0]')(throws)
    const [one, two] = [report(direct), report(deeper)]
    expect((one['cq.crash.frames'] as string[])[0]).toMatch(/^mytool\/dist\/main\.cjs:1:\d+$/)
    expect(one['cq.crash.fingerprint']).toBe(two['cq.crash.fingerprint'])
  })

  test('of a fault in user code that the tool runs is the same, wherever that code is', () => {
    const throws = tool()
    const [one, two] = ['alice', 'bob/deep/er'].map((name) => report(throws(() => project(name, `new Error('x')`)())))
    expect(one?.['cq.crash.frames']).toEqual(expect.arrayContaining(['_OTHER']))
    expect(one?.['cq.crash.fingerprint']).toBe(two?.['cq.crash.fingerprint'])
  })

  test('differs with the place in the tool', () => {
    const error = tool()()
    const other = load('node_modules/mytool/dist/other.cjs', `module.exports = () => new Error('x')`)()
    expect(report(error)['cq.crash.fingerprint']).not.toBe(report(other)['cq.crash.fingerprint'])
  })

  test('reveals nothing of a private operation', () => {
    const fingerprints = ['alice', 'bob'].map((name) => {
      const recorded = record({})
      const operation = recorded.operations.operation(name, () => new Promise(() => undefined))
      void operation
      recorded.uncaught(null, 'uncaught')
      return recorded.spanOf('crash').attributes['cq.crash.fingerprint']
    })
    expect(fingerprints[0]).toBe(fingerprints[1])
  })
})
