import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { build, type BuildOptions, type Metafile } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { run } from './support/program.ts'
import { spansOf, startReceiver } from './support/receiver.ts'
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

/** Modules of ours in a file, without their ending. */
const ownIn = (output: string): string[] =>
  Object.entries(metafile.outputs[output]?.inputs ?? {})
    .filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && path.startsWith('src/'))
    .map(([path]) => path.slice('src/'.length, -'.ts'.length))
    .sort()

describe('the files in the user’s command', () => {
  test('the first holds these modules, no package, and is a hundred lines', () => {
    expect(packagesIn('dist/index.js')).toEqual([])
    expect(ownIn('dist/index.js')).toEqual([
      'builtin', // what of Node is loaded late
      'instrument', // the switches of this run
      'load/decide', // where the next file is
      'load/script', // runs it
      'off', // the handle of a run that is not recorded
      'plain-options', // a wrong option throws at once, also where telemetry is off: those that are right at a look
      'policy/debug', // why it is off, where that is asked
      'policy/switches', // flags and variables
      'schema/custom', // declarations of the host's attributes
    ])
    expect(metafile.outputs['dist/index.js']?.bytes).toBeLessThan(5_000)
  })

  test('the second, of a run that nothing has switched off, holds these modules and no package', () => {
    expect(packagesIn('dist/decide.cjs')).toEqual([])
    expect(ownIn('dist/decide.cjs')).toEqual([
      'builtin', // what of Node is loaded late
      'check-options', // what is wrong with an option
      'decide', // the decision
      'load/compiled', // what V8 compiled of the next file in an earlier run
      'load/run', // where the next file is
      'load/script', // runs it
      'off', // the handle of a run that is not recorded
      'plain-options', // words that an option may be
      'policy/consent', // the rules
      'policy/consent-file', // the user's persisted choice
      'policy/debug', // why it is on or off, where that is asked
      'policy/destinations', // no destination: off
      'policy/development', // a checkout: off
      'policy/files', // reading a small file of somebody else's
      'policy/identity', // the publisher's own id: off
      'policy/notice', // whether it is due: it comes before the host's own output
      'policy/otel-variables', // how a collector is reached
      'policy/paths', // where the choice lies
      'policy/switches', // names of variables
      'record/exit', // the end of the process, at which even a run without an operation is recorded
      'record/trace-parent', // names of variables that the host may change before the run is begun
      'recording', // the handle of a run that is recorded, which loads the next file
      'schema/custom', // declarations of the host's attributes
      'schema/shapes', // of the host's name and version
    ])
    expect(metafile.outputs['dist/decide.cjs']?.bytes).toBeLessThan(17_000)
  })

  test('what loads another is in the file beside which that lies, and in the one for bundlers', () => {
    const loading = (module: string) => Object.keys(metafile.outputs).filter((output) => ownIn(output).includes(module))
    expect(loading('load/decide')).toEqual(['dist/index.js'])
    expect(loading('load/run')).toEqual(['dist/decide.cjs'])
    expect(loading('load/run-text')).toEqual(['dist/bundler.js'])
  })

  test.each(['index.js', 'decide.cjs'])(
    '%s asks for modules of Node’s that Node has loaded itself, or late',
    (file) => {
      const text = readFileSync(join(root, 'dist', file), 'utf8')
      expect(builtinsOf(`dist/${file}`)).toEqual([])
      const asked = [...text.matchAll(/getBuiltinModule\("node:(\w+)"\)/g)].map(([, name]) => name)
      // `module`, `os` and `vm` when they are needed.
      for (const name of asked) expect(['fs', 'module', 'os', 'path', 'url', 'vm']).toContain(name)
    },
  )

  test('what `mytool telemetry` needs is a text for a bundler, of which nothing is loaded before', () => {
    expect(ownIn('dist/command-bundler.js')).toEqual([
      'builtin',
      'load/command-text',
      'load/own-file',
      'load/packed',
      'load/script',
    ])
    expect(builtinsOf('dist/command-bundler.js')).toEqual([])
  })

  test('the third holds these packages and no other', () => {
    expect(packagesIn('dist/run.cjs')).toEqual([
      '@noble/hashes', // SHA-1 at a quarter of what loading node:crypto costs
      '@opentelemetry/api', // spans and contexts of plain OpenTelemetry
      '@opentelemetry/core', // the SDK's times and attributes
      '@opentelemetry/resources', // the SDK's resource
      '@opentelemetry/sdk-trace', // spans
      '@opentelemetry/semantic-conventions', // names that the SDK uses; a few hundred bytes of it are left
      'ci-info', // the vendor of a CI system
    ])
    expect(metafile.outputs['dist/run.cjs']?.bytes).toBeLessThan(105_000)
  })

  test('the fourth, of a run that is inspected, adds these', () => {
    expect(packagesIn('dist/inspect/outlet.cjs')).toEqual([
      'picocolors', // colours of the view
      'uuid', // ids of events by name
    ])
  })

  test.each(['decide.cjs', 'run.cjs', 'inspect/outlet.cjs'])(
    '%s imports nothing, which code that V8 has kept cannot',
    (file) => {
      const kinds = metafile.outputs[`dist/${file}`]?.imports.map(({ kind }) => kind) ?? []
      expect(kinds).not.toContain('dynamic-import')
    },
  )

  test.each(['index.js', 'decide.cjs', 'run.cjs', 'inspect/outlet.cjs', 'bundler.js'])(
    '%s reaches no network',
    (file) => {
      const forbidden = ['http', 'https', 'http2', 'net', 'tls', 'dns', 'dgram', 'worker_threads', 'cluster', 'zlib']
      expect(builtinsOf(`dist/${file}`).filter((name) => forbidden.includes(name))).toEqual([])
      expect(readFileSync(join(root, 'dist', file), 'utf8')).not.toMatch(
        /(?:require|getBuiltinModule|import|from)\(?\s*["'](?:node:)?(?:https?|http2|net|tls|dns|dgram|worker_threads)["']/,
      )
    },
  )

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

  test.each(paths)('%s is there for import and for require, with its types', async (path, entry) => {
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

describe('a host that is bundled into one file', () => {
  const options = (more: string) => `{
    app: { name: 'bundled', version: '1.0.0' },
    otlp: { endpoint: process.env.ENDPOINT ?? 'http://127.0.0.1:9' },
    publicNames: { operations: ['build'] },
    sendInDevelopment: true,
    ${more}
  }`
  const plain = `
    import { instrument } from 'cq-telemetry'
    const telemetry = instrument(${options("delivery: 'manual'")})
    telemetry.operation('build', () => console.log(telemetry.enabled))`
  const ownChild = `
    if (process.env.CQ_TELEMETRY_CHILD) await import('cq-telemetry/child')
    else {
      const { instrument } = await import('cq-telemetry')
      const telemetry = instrument(${options("delivery: 'inline', child: 'self'")})
      telemetry.operation('build', () => console.log(telemetry.enabled))
    }`

  const bundle = async (source: string, format: 'esm' | 'cjs', more: BuildOptions = {}) => {
    mkdirSync(join(place.cwd, 'node_modules'))
    symlinkSync(root, join(place.cwd, 'node_modules/cq-telemetry'), 'dir')
    symlinkSync(join(root, 'node_modules/commander'), join(place.cwd, 'node_modules/commander'), 'dir')
    const outfile = join(place.cwd, format === 'esm' ? 'host.mjs' : 'host.cjs')
    const entry = join(place.cwd, 'entry.mjs')
    writeFileSync(entry, source)
    await build({
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      format,
      minify: true,
      outfile,
      logLevel: 'silent',
      ...more,
    })
    return outfile
  }

  test.each(['esm', 'cjs'] as const)('as %s records as ever', async (format) => {
    const file = await bundle(plain, format)
    sawNotice(place)
    expect(await run(process.execPath, [file], place)).toMatchObject({ code: 0, stdout: 'true\n', stderr: '' })
    expect(states(place)).toEqual(['jsonl'])
    expect(await run(process.execPath, [file, '--no-telemetry'], place)).toMatchObject({
      code: 0,
      stdout: 'false\n',
      stderr: '',
    })
  })

  const withAdapter = `
    import { Command } from 'commander'
    import { instrumentCommander } from 'cq-telemetry/commander'
    const program = new Command('bundled')
    instrumentCommander(program, { ...${options("delivery: 'manual'")}, directory: '.bundled', envPrefix: 'BUNDLED' })
    program.command('build').action(() => {})
    program.parseAsync()`
  // For commander, which is CommonJS; the name is the one that everybody takes.
  const requiring = {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  }

  test.each(['esm', 'cjs'] as const)('as %s has the commands of its adapter', async (format) => {
    const file = await bundle(withAdapter, format, { minify: false, ...(format === 'esm' && { banner: requiring }) })
    const bundled = (...args: string[]) => run(process.execPath, [file, ...args], place, { CI: '' })
    expect(await bundled('build')).toMatchObject({ code: 0, stderr: '' })
    const spool = join(place.home, '.bundled/telemetry/spool')
    expect(readdirSync(spool)).toHaveLength(1)
    const status = await bundled('telemetry', 'status', '--json')
    expect(status).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(status.stdout)).toMatchObject({ enabled: true, spool: { files: 1 } })
    expect((await bundled('telemetry', 'view', '--spool')).stdout).toContain('build')
    expect(await bundled('telemetry', 'disable')).toMatchObject({ code: 0, stderr: '' })
    expect(readdirSync(spool)).toEqual([])
  })

  test('takes what V8 compiled in an earlier run', async () => {
    const file = await bundle(plain, 'esm')
    const compiled = join(place.home, '.cq/telemetry/compiled')
    sawNotice(place)
    await run(process.execPath, [file], place)
    const names = readdirSync(compiled)
    expect(names).toHaveLength(1)
    const { ino } = statSync(join(compiled, String(names[0])))
    await run(process.execPath, [file], place)
    expect(readdirSync(compiled)).toEqual(names)
    expect(statSync(join(compiled, String(names[0]))).ino).toBe(ino)
    expect(states(place)).toEqual(['jsonl', 'jsonl'])
  })

  test.each(['esm', 'cjs'] as const)('as %s shows what it would send', async (format) => {
    const file = await bundle(plain, format)
    const { stderr, code } = await run(process.execPath, [file, '--inspect-telemetry'], place)
    expect(code).toBe(0)
    expect(stderr).toContain('build')
    expect(readFileSync(join(place.cwd, 'cloudquery.log'), 'utf8')).toContain('"build"')
  })

  test.each([
    ['production', { conditions: ['production'] }],
    ['a platform of its own', { platform: 'neutral', mainFields: ['module', 'main'], external: ['node:*'] }],
  ] satisfies [string, BuildOptions][])('for %s records as ever', async (_, more) => {
    const file = await bundle(plain, 'esm', more)
    sawNotice(place)
    expect(await run(process.execPath, [file], place)).toMatchObject({ code: 0, stdout: 'true\n', stderr: '' })
    expect(states(place)).toEqual(['jsonl'])
  })

  test('by a bundler that takes the files of Node.js says so under debug, and works', async () => {
    const file = await bundle(plain, 'esm', { conditions: ['node-addons'] })
    const { stdout, stderr, code } = await run(process.execPath, [file, '--debug-telemetry'], place)
    expect({ stdout, code }).toEqual({ stdout: 'false\n', code: 0 })
    expect(stderr).toContain('dist/decide.cjs of the package cannot be run: ENOENT')
  })

  test('is its own child where it says so, and prints nothing as such', async () => {
    const file = await bundle(ownChild, 'esm')
    sawNotice(place)
    const receiver = await startReceiver()
    const { stdout, stderr, code } = await run(process.execPath, [file], place, { ENDPOINT: receiver.url })
    await receiver.close()
    expect({ stdout, stderr, code }).toEqual({ stdout: 'true\n', stderr: '', code: 0 })
    expect(spansOf(receiver.requests).map(({ name }) => name)).toEqual(['build', 'bundled'])
  })
})
