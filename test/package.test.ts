import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { build, type BuildOptions, type Metafile } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { run } from './support/program.ts'
import { sawNotice, states } from './support/spool.ts'
import { usePlace } from './support/place.ts'

/** The package as it is built: what it exports, what is in its files, and that it works where a host puts it. */

const root = new URL('..', import.meta.url).pathname
const metafile = JSON.parse(
  readFileSync(join(root, 'node_modules/.cache/cq-telemetry-metafile.json'), 'utf8'),
) as Metafile
const { exports: entries } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, { types: string; default: string } | string>
}

const place = usePlace()

const evaluate = (source: string, flags: readonly string[] = []) =>
  run(process.execPath, [...flags, '--input-type=module', '-e', source], { ...place, cwd: root })

const packagesIn = (output: string): string[] => {
  const inputs = Object.entries(metafile.outputs[output]?.inputs ?? {})
  const names = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [])
  return [...new Set(names)].sort()
}
const builtinsOf = (output: string): string[] =>
  [...new Set((metafile.outputs[output]?.imports ?? []).map(({ path }) => path.replace(/^node:/, '')))]
    .filter((path) => builtinModules.includes(path))
    .sort()

const bytesOf = (output: string): number => metafile.outputs[output]?.bytes ?? 0

const network = /^(?:https?|http2|net|tls|dns|dgram|worker_threads|cluster|zlib)$/

/** Modules of ours in a file, without their ending. */
const ownIn = (output: string): string[] =>
  Object.entries(metafile.outputs[output]?.inputs ?? {})
    .filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && path.startsWith('src/'))
    .map(([path]) => path.slice('src/'.length, -'.ts'.length))
    .sort()

/** Modules of Node's that a file asks for by `process.getBuiltinModule`. */
const askedBy = (file: string): string[] =>
  // The build breaks long lines, also inside a string and after a bracket.
  [
    ...readFileSync(join(root, file), 'utf8')
      .replaceAll('\\\n', '')
      .matchAll(/getBuiltinModule\(\s*\\?["']node:([\w/]+)/g),
  ]
    .map(([, name]) => String(name))
    .sort()

describe('the files in the user’s command', () => {
  /** What decides, in the entry for Node and in the one for bundlers. */
  const entry = [
    'api/check-options', // a wrong option throws at once, also where telemetry is off
    'api/checks', // what a right value is
    'api/off', // the handle of a run that is not recorded
    'api/option-table', // the options, one row each
    'api/places', // where the user's choice lies
    'api/recorded-options', // those on what is recorded
    'api/shared-options', // rows that exporters have too
    'api/user-options', // those on what the user sees
    'consent/automatic', // a shell that completes, a hook of git: off
    'consent/choice', // the user's choice
    'consent/decision', // the rules
    'consent/development', // a checkout: off
    'consent/notice', // whether it is due: it comes before the host's own output
    'consent/off-files', // off for a project or a machine
    'consent/switches', // flags and variables
    'contract/terms', // what may leave: other than the user has seen, the notice is due
    'decide', // what may be done in this run
    'identity/random-id', // the publisher's own id: off
    'instrument', // the order of all this
    'launch/destinations', // no destination: off
    'launch/otel-variables', // how a collector is reached
    'machine/ci-variables', // without a home it is on only in CI
    'machine/debug', // why it is on or off, where that is asked
    'machine/error-code', // shows no code of an error that is not a known one
    'machine/file-owner', // whether a small file is the user's
    'machine/from-text', // loads run.cjs where the host has replaced fs
    'machine/layout', // the names of the files
    'machine/node', // modules of Node
    'machine/output', // writes what debug says to a pipe
    'machine/package-file', // whose a checkout is
    'machine/pristine', // what a host adds to all objects
    'machine/read-file', // reads a small file that another user may have planted
    'machine/terminal', // how wide it is, for what is said there
    'machine/text', // an endpoint without the slashes at its end
    'machine/variables', // names of variables that this package sets
    'machine/visible', // the one door to the terminal
    'machine/working-directory', // one that was deleted
    'record/exit', // the end of the process, at which even a run without an operation is recorded
    'record/exit-code', // the code that the process ends with
    'record/handle', // the handle of a run that is recorded, which loads run.cjs
    'record/own-signals', // a signal that the tool sends to itself
    'record/trace-parent', // names of variables that the host may change before the run is begun
    'schema/custom', // declarations of the host's attributes
    'schema/distro', // another version may collect more: the notice may be due
    'schema/shapes', // of the host's name and version
  ]

  test('dist/index.js holds these modules and no package', () => {
    expect(ownIn('dist/index.js')).toEqual(entry)
    expect(packagesIn('dist/index.js')).toEqual([])
    expect(metafile.outputs['dist/index.js']?.bytes).toBeLessThan(31_000)
  })

  test('dist/bundled.js adds the code that runs a text, and has run.cjs and ask.cjs as texts', () => {
    expect(ownIn('dist/bundled.js')).toEqual(entry)
    expect(packagesIn('dist/bundled.js')).toEqual([])
    const parts = ['dist/index.js', 'dist/run.cjs', 'dist/ask.cjs'].map(bytesOf)
    const added = bytesOf('dist/bundled.js') - parts.reduce((sum, bytes) => sum + bytes)
    // The difference is what runs the texts, and what escapes its quotes.
    expect(added).toBeGreaterThan(0)
    expect(added).toBeLessThan(5_000)
  })

  test('dist/command/bundled.js holds mytool telemetry as a text', () => {
    expect(ownIn('dist/command/bundled.js')).toEqual(['command/bundled', 'machine/from-text', 'machine/node'])
    expect(bytesOf('dist/command/bundled.js')).toBeLessThan(335_000)
  })

  test('dist/run.cjs holds these packages and no other', () => {
    expect(packagesIn('dist/run.cjs')).toEqual([
      '@noble/hashes', // SHA-1 at a quarter of what loading node:crypto costs
      '@opentelemetry/api', // spans and contexts of plain OpenTelemetry
      '@opentelemetry/core', // the SDK's times and attributes
      '@opentelemetry/resources', // the SDK's resource
      '@opentelemetry/sdk-trace', // spans
      '@opentelemetry/semantic-conventions', // names that the SDK uses; a few hundred bytes of it are left
      'ci-info', // the vendor of a CI system
      'uuid', // ids of events by name, which the inspect log shows
    ])
    expect(bytesOf('dist/run.cjs')).toBeLessThan(176_000)
  })

  test('dist/ask.cjs holds only what the question needs, and only a run that asks loads it', () => {
    expect(packagesIn('dist/ask.cjs')).toEqual(['ci-info'])
    expect(bytesOf('dist/ask.cjs')).toBeLessThan(42_000)
    expect([...ownIn('dist/index.js'), ...ownIn('dist/run.cjs')]).not.toContain('consent/ask')
  })

  test('dist/run.cjs holds no room of another process', () => {
    const rooms = ownIn('dist/run.cjs').filter((module) =>
      /^(?:bridge|command|frameworks|report|testing)\//.test(module),
    )
    expect(rooms).toEqual([])
    // The mapping to track calls, which the inspect log shows.
    expect(ownIn('dist/run.cjs').filter((module) => module.startsWith('deliver/'))).toEqual([
      'deliver/rudder/event',
      'deliver/rudder/mapping',
      'deliver/rudder/properties',
    ])
  })

  test.each(['dist/index.js', 'dist/bundled.js', 'dist/command/bundled.js'])('%s imports no module of Node', (file) => {
    expect(metafile.outputs[file]?.imports).toEqual([])
  })

  test('dist/index.js loads modules that Node has already loaded, and others late', () => {
    // `module`, `os`, `tty` and `vm` when they are needed.
    expect(askedBy('dist/index.js')).toEqual(['fs', 'module', 'os', 'path', 'tty', 'url', 'util', 'vm'])
  })

  test('dist/run.cjs imports nothing, since a text cannot', () => {
    const kinds = metafile.outputs['dist/run.cjs']?.imports.map(({ kind }) => kind) ?? []
    expect(kinds).not.toContain('dynamic-import')
  })

  test.each(['dist/index.js', 'dist/run.cjs', 'dist/ask.cjs', 'dist/bundled.js'])('%s reaches no network', (file) => {
    expect(builtinsOf(file).filter((name) => network.test(name))).toEqual([])
    expect(askedBy(file).filter((name) => network.test(name))).toEqual([])
    expect(readFileSync(join(root, file), 'utf8')).not.toMatch(
      /(?:require|import|from)\(?\s*\\?["'](?:node:)?(?:https?|http2|net|tls|dns|dgram|worker_threads)["'\\]/,
    )
  })

  test('is imported without any effect', async () => {
    const file = join(place.cwd, 'importer.mjs')
    const source = `
      const seen = () => JSON.stringify([process.eventNames().map(String), Reflect.ownKeys(globalThis).map(String)])
      const before = seen()
      await import(${JSON.stringify(join(root, 'dist/index.js'))})
      console.log(before === seen())`
    writeFileSync(file, source)
    const { stdout } = await run(process.execPath, [file], place)
    expect(stdout).toBe('true\n')
    expect(readdirSync(place.home)).toEqual([])
  })
})

describe('rooms', () => {
  const importsOf = (room: string): string[] =>
    readdirSync(join(root, 'src', room), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        [...readFileSync(join(root, 'src', room, file), 'utf8').matchAll(/from '([^']+)'/g)].map(([, path]) =>
          String(path),
        ),
      )

  test('the schema imports nothing', () => {
    expect(importsOf('schema').filter((path) => !path.startsWith('./'))).toEqual([])
  })

  test('record never reaches deliver, the spool, a database or a network', () => {
    const reached = importsOf('record').filter((path) =>
      /deliver|spool|inspect|adapters|\bpg\b|node:(?:http|net|tls)/.test(path),
    )
    expect(reached).toEqual([])
  })
})

describe('exports', () => {
  const paths = Object.entries(entries).filter(([path]) => path !== './package.json' && path !== './child')

  test.each(paths)('%s can be imported and required, with its types', async (path, entry) => {
    const { types, default: file } = entry as { types: string; default: string }
    expect(readFileSync(join(root, types), 'utf8')).toContain('export')
    expect(readFileSync(join(root, file), 'utf8')).not.toBe('')
    const name = path.replace('.', 'cq-telemetry')
    const { stdout, code } = await evaluate(`
      import { createRequire } from 'node:module'
      const imported = Object.keys(await import('${name}')).sort()
      const required = Object.keys(createRequire(import.meta.url)('${name}')).filter((key) => key !== '__esModule').sort()
      console.log(imported.join() === required.join() && imported.length > 0)`)
    expect({ stdout, code }).toEqual({ stdout: 'true\n', code: 0 })
  })
})

/** More bundlers, adapters and the child: hosts/bundlers.test.ts. */
describe('a host that is bundled into one file', () => {
  const source = `
    import { instrument } from 'cq-telemetry'
    const telemetry = instrument({
      app: { name: 'cloudquery', version: '1.0.0' },
      otlp: { endpoint: 'http://127.0.0.1:9' },
      publicNames: { operations: ['build'] },
      sendInDevelopment: true,
      delivery: 'manual',
    })
    telemetry.operation('build', () => console.log(telemetry.enabled))`

  const bundle = async (options: BuildOptions) => {
    mkdirSync(join(place.cwd, 'node_modules'))
    symlinkSync(root, join(place.cwd, 'node_modules/cq-telemetry'), 'dir')
    const outfile = join(place.cwd, options.format === 'cjs' ? 'host.cjs' : 'host.mjs')
    await build({
      stdin: { contents: source, resolveDir: place.cwd },
      bundle: true,
      platform: 'node',
      format: 'esm',
      minify: true,
      outfile,
      logLevel: 'error',
      ...options,
    })
    return outfile
  }

  test.each([
    ['as an ES module', {}],
    ['as CommonJS', { format: 'cjs' }],
    ['for production', { conditions: ['production'] }],
    ['for a platform of its own', { platform: 'neutral' }],
    ['with the condition of bun', { conditions: ['node-addons'] }],
    ['with the conditions of webpack', { conditions: ['webpack', 'module', 'module-sync'] }],
  ] satisfies [string, BuildOptions][])('%s records as ever', async (_, options) => {
    const file = await bundle(options)
    sawNotice(place)
    expect(await run(process.execPath, [file], place)).toMatchObject({ code: 0, stdout: 'true\n', stderr: '' })
    expect(states(place)).toEqual(['jsonl'])
    const off = await run(process.execPath, [file, '--no-telemetry'], place)
    expect(off).toMatchObject({ code: 0, stdout: 'false\n', stderr: '' })
  })

  test("with Node's own conditions works, records nothing, and says so under debug", async () => {
    const file = await bundle({ conditions: ['node-addons', 'module-sync'] })
    sawNotice(place)
    const { stdout, stderr, code } = await run(process.execPath, [file, '--debug-telemetry'], place)
    expect({ stdout, code }).toEqual({ stdout: 'true\n', code: 0 })
    expect(stderr).toContain('the run cannot be started (MODULE_NOT_FOUND)')
  })
})
