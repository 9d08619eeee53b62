// Bundles the package's entries. What a command loads is four files: the one that heeds the switches, the one that decides, the
// one that records, and the one that shows; each loads the next on demand. For bundlers, which cannot follow that, they are one file
// whose parts are evaluated on demand.
import { createHash } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'

const read = (path) => JSON.parse(readFileSync(path, 'utf8'))
const { version } = read('package.json')
const { version: sdkVersion } = read('node_modules/@opentelemetry/sdk-trace/package.json')

const common = {
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  external: ['pg', '@duckdb/node-api'],
  platform: 'node',
  format: 'esm',
  target: 'node20.16',
  mainFields: ['module', 'main'],
  minify: true,
  keepNames: false,
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  legalComments: 'none',
  define: { DISTRO_VERSION: JSON.stringify(version), SDK_VERSION: JSON.stringify(sdkVersion) },
  logLevel: 'warning',
}

/**
 * The SDK's detectors, which nothing of ours calls and the bundles therefore leave out, import on demand: esbuild would
 * wrap all that they use, the whole API, in functions that are parsed twice.
 */
const noDetectors = {
  name: 'no-detectors',
  setup: ({ onResolve }) => onResolve({ filter: /getMachineId-/ }, ({ path }) => ({ path, external: true })),
}

const bundle = async (entryPoints, banner, { plugins = [], ...more } = {}) =>
  (
    await build({
      ...common,
      ...more,
      entryPoints,
      plugins: [noDetectors, ...plugins],
      ...(banner && { banner: { js: banner } }),
    })
  ).metafile

/** The page's script and style, which the command puts into the page as they are. */
const browser = { bundle: true, minify: true, write: false, target: ['chrome111', 'firefox113', 'safari16.4'] }
const textOf = async (options) => (await build({ ...browser, ...options })).outputFiles[0].text.trim()
const page = {
  // What would end the element that it stands in.
  PAGE_SCRIPT: (
    await textOf({
      entryPoints: ['src/inspect/page/app.tsx'],
      format: 'iife',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      legalComments: 'none',
    })
  ).replaceAll('</script', '<\\/script'),
  PAGE_STYLE: await textOf({ entryPoints: ['src/inspect/page/style.css'] }),
}
const pageDefine = Object.fromEntries(Object.entries(page).map(([name, text]) => [name, JSON.stringify(text)]))

/** For packages that are CommonJS and ask for Node's own modules by `require`. */
const withRequire =
  "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url ?? __filename);"

/**
 * Who is beside the package's own files does not hold a copy of them: an adapter shares one run with the host's own import of
 * the package, and the first file finds the second only from where it lies.
 */
const sharedFiles = {
  name: 'shared-files',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\.\/(?:index|command)\.ts$/ }, ({ path }) => ({
      path: path === '../index.ts' ? 'cq-telemetry' : 'cq-telemetry/command',
      external: true,
    })),
}
const adapters = ['commander', 'yargs', 'citty', 'oclif'].map((name) => `src/adapters/${name}.ts`)

/** A module of ours that is loaded on demand, as the file beside. */
const onDemand = (files) => ({
  name: 'on-demand',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\.ts$/ }, ({ kind, path }) =>
      kind === 'require-call' && files[path] ? { path: files[path], external: true } : undefined,
    ),
})

/**
 * For what each run of a command loads: a module of Node's as the object that it is, asked for once, since the facade that an
 * `import` makes of `node:fs` loads streams and promises (2 ms), and one of a part that is evaluated on demand is loaded with it.
 */
const lean = {
  name: 'lean',
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^builtin:/ }, ({ path }) => ({ path: path.slice('builtin:'.length), namespace: 'builtin' }))
    onLoad({ filter: /^node:/, namespace: 'builtin' }, ({ path }) => ({
      contents: `export default process.getBuiltinModule('${path}')`,
    }))
    onLoad({ filter: /\/(?:src\/.*\.ts|node_modules\/uuid\/.*\.js)$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replaceAll(
        /^import \{([^}]*)\} from '(node:([^']+))';?$/gm,
        (_, names, module, name) => {
          const values = names.replaceAll(/\btype \w+,?/g, '').replaceAll(' as ', ': ')
          return `import ${name}Module from 'builtin:${module}'\nconst {${values}} = ${name}Module`
        },
      ),
    }))
  },
}

/** What a host loads. Node prints the line that throws above an error: that of a wrong option should not be the whole file. */
const forHosts = { plugins: [lean], lineLimit: 160 }

/** What decides, inline; what records, as text. */
const whole = {
  name: 'whole',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/load\/decide\.ts$/ }, ({ resolveDir }) => ({ path: `${resolveDir}/load/decide-inline.ts` }))
    onResolve({ filter: /\/load\/run\.ts$/ }, ({ resolveDir }) => ({ path: `${resolveDir}/load/run-text.ts` }))
  },
}

/** CommonJS is what `require` loads on each Node. */
const required = {
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // Code that V8 has kept from an earlier run cannot import.
  supported: { 'dynamic-import': false },
  // Node maps no places in what it does not load itself.
  sourcemap: 'external',
  define: { ...common.define, 'import.meta.url': 'own.url' },
}
const withUrl = "'use strict';const own = { get url() { return require('node:url').pathToFileURL(__filename).href } };"

const run = await bundle(['src/run.ts'], withUrl, {
  ...required,
  inject: ['src/load/clock.ts'],
  plugins: [onDemand({ './inspect/outlet.ts': './inspect/outlet.cjs' })],
})
const outlet = await bundle(['src/inspect/outlet.ts'], undefined, required)

const { outputFiles } = await build({
  ...common,
  ...required,
  sourcemap: false,
  entryPoints: ['src/command.ts'],
  plugins: [noDetectors],
  banner: { js: withUrl },
  define: { ...required.define, ...pageDefine },
  write: false,
})
const packed = (text) => JSON.stringify(brotliCompressSync(text).toString('base64'))

const runText = readFileSync('dist/run.cjs', 'utf8')
const runHash = JSON.stringify(createHash('sha256').update(runText).digest('hex').slice(0, 16))

const metafiles = [
  run,
  outlet,
  await bundle(['src/decide.ts'], withUrl, {
    ...required,
    plugins: [lean],
    lineLimit: forHosts.lineLimit,
    define: { ...required.define, RUN_HASH: runHash },
  }),
  await bundle(['src/index.ts'], undefined, forHosts),
  await bundle([{ in: 'src/index.ts', out: 'bundler' }], undefined, {
    ...forHosts,
    plugins: [lean, whole],
    define: {
      ...common.define,
      RUN_HASH: runHash,
      RUN_TEXT: JSON.stringify(runText),
      PACKED_OUTLET: packed(readFileSync('dist/inspect/outlet.cjs', 'utf8')),
    },
  }),
  await bundle([{ in: 'src/load/command-text.ts', out: 'command-bundler' }], undefined, {
    ...forHosts,
    define: { ...common.define, PACKED_COMMAND: packed(outputFiles[0].text) },
  }),
  // What is in the user's command has no such package.
  await bundle(['src/inspect.ts', 'src/testing.ts', 'src/processor.ts']),
  await bundle(['src/rudder.ts', 'src/bridge.ts', 'src/deliver/main.ts'], withRequire),
  await bundle(adapters, undefined, { external: [...common.external, '@oclif/core'], plugins: [sharedFiles] }),
  await bundle(['src/command/main.ts', 'src/command.ts'], withRequire, {
    plugins: [sharedFiles],
    // Each of its commands loads what it needs.
    sourcemap: false,
    splitting: true,
    chunkNames: 'command/[name]-[hash]',
    define: { ...common.define, ...pageDefine },
  }),
]
const metafile = {
  inputs: Object.assign({}, ...metafiles.map(({ inputs }) => inputs)),
  outputs: Object.assign({}, ...metafiles.map(({ outputs }) => outputs)),
}

/** The packages whose code went into the bundles, and the licence that each asks to be kept with it. */
const packages = [
  ...new Set(
    Object.values(metafile.outputs)
      .flatMap(({ inputs }) => Object.entries(inputs))
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  ),
].sort()

const notice = (directory) => {
  const { name, version, license } = read(`${directory}/package.json`)
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file ? readFileSync(`${directory}/${file}`, 'utf8').trim() : license
  return `${name} ${version} (${license})\n\n${text}\n`
}

writeFileSync('dist/THIRD-PARTY-NOTICES.txt', packages.map(notice).join(`\n${'-'.repeat(80)}\n\n`))
writeFileSync('dist/metafile.json', JSON.stringify(metafile))
writeFileSync('dist/command/main.js', `#!/usr/bin/env node\n${readFileSync('dist/command/main.js', 'utf8')}`)
chmodSync('dist/command/main.js', 0o755)
