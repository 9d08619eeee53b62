import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { publint } from 'publint'
import { describe, expect, test } from 'vitest'
import { run } from './support/program.ts'
import { spansOf, startReceiver } from './support/receiver.ts'
import { sawNotice, states } from './support/spool.ts'
import { usePlace } from './support/surroundings.ts'

/** The package as it is built: what it exports, what is in its files, and that it works where a host puts it. */

const root = new URL('..', import.meta.url).pathname
const metafile = JSON.parse(readFileSync(join(root, 'dist/metafile.json'), 'utf8')) as Metafile
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

describe('the file in the user’s command', () => {
  test('holds these packages and no other', () => {
    expect(packagesIn('dist/index.js')).toEqual([
      '@opentelemetry/api', // spans and contexts of plain OpenTelemetry
      '@opentelemetry/core', // the SDK's times and attributes
      '@opentelemetry/resources', // the SDK's resource
      '@opentelemetry/sdk-trace', // spans
      '@opentelemetry/semantic-conventions', // names that the SDK uses; a few hundred bytes of it are left
      'ci-info', // the vendor of a CI system
      'picocolors', // colours of the inspect view
      'uuid', // ids of events by name, for the inspect log
    ])
  })

  test('reaches no network, and is small', () => {
    const forbidden = ['http', 'https', 'http2', 'net', 'tls', 'dns', 'dgram', 'worker_threads', 'cluster', 'zlib']
    expect(builtinsOf('dist/index.js').filter((name) => forbidden.includes(name))).toEqual([])
    expect(metafile.outputs['dist/index.js']?.bytes).toBeLessThan(130_000)
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

  test('publint finds nothing', async () => {
    const { messages } = await publint({ pkgDir: root, strict: true })
    expect(messages).toEqual([])
  })

  test('what is packed is what is needed', () => {
    const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [{ files } = { files: [] }] = JSON.parse(packed) as { files: { path: string }[] }[]
    const names = files.map(({ path }) => path)
    expect(names).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'dist/index.js', 'dist/THIRD-PARTY-NOTICES.txt']),
    )
    expect(names.filter((name) => /^(?:src|test|bench|examples)\//.test(name))).toEqual([])
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

  const bundle = async (source: string, format: 'esm' | 'cjs') => {
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
      alias: {
        'cq-telemetry/child': join(root, 'dist/deliver/main.js'),
        'cq-telemetry': join(root, 'dist/index.js'),
      },
      external: ['pg'],
      logLevel: 'silent',
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
