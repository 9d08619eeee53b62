// node build.mjs BUNDLER FORMAT ENTRY OUTDIR: bundles a tool for Node.js as its author would, minified, and prints the path of
// the result. The settings beside input and output are those that docs/adapters.md names.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join, resolve } from 'node:path'

const require = createRequire(import.meta.url)
const [bundler, format, given, outdir] = process.argv.slice(2)
const entry = resolve(given)
const esm = format === 'esm'
const name = `main.${esm ? 'mjs' : 'cjs'}`
const file = join(outdir, name)

/** For commander, which is CommonJS and asks for Node's own modules by `require`. */
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

const webpackConfig = {
  mode: 'production',
  target: 'node20',
  entry,
  output: {
    path: outdir,
    filename: name,
    ...(esm && { module: true, chunkFormat: 'module', chunkLoading: 'import', library: { type: 'module' } }),
  },
  experiments: { outputModule: esm },
}
const pack = (webpack, { experiments, ...config }) =>
  new Promise((done, failed) => {
    webpack({ ...config, ...(experiments && { experiments }) }, (error, stats) =>
      error || stats.hasErrors() ? failed(error ?? new Error(stats.toString())) : done(),
    )
  })

const bun = (...args) =>
  execFileSync(require.resolve('@oven/bun-linux-x64-baseline/bin/bun'), ['build', '--minify', ...args, entry], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })

const bundlers = {
  esbuild: async () => {
    const { build } = await import('esbuild')
    await build({
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      format,
      minify: true,
      outfile: file,
      ...(esm && { banner: { js: banner } }),
    })
  },
  rollup: async () => {
    const { rollup } = await import('rollup')
    const { default: nodeResolve } = await import('@rollup/plugin-node-resolve')
    const { default: commonjs } = await import('@rollup/plugin-commonjs')
    const { default: terser } = await import('@rollup/plugin-terser')
    const bundle = await rollup({
      input: entry,
      plugins: [nodeResolve({ preferBuiltins: true }), commonjs(), terser()],
    })
    await bundle.write({ file, format, inlineDynamicImports: true })
  },
  webpack: async () => {
    await pack((await import('webpack')).default, webpackConfig)
  },
  rspack: async () => {
    const { experiments: _, ...config } = webpackConfig
    await pack((await import('@rspack/core')).rspack, config)
  },
  rolldown: async () => {
    const { rolldown } = await import('rolldown')
    const bundle = await rolldown({ input: entry, platform: 'node' })
    await bundle.write({ dir: outdir, entryFileNames: name, format, minify: true })
  },
  vite: async () => {
    const { build } = await import('vite')
    await build({
      configFile: false,
      logLevel: 'error',
      build: {
        ssr: entry,
        minify: true,
        outDir: outdir,
        emptyOutDir: false,
        rollupOptions: { output: { format, entryFileNames: name } },
      },
      ssr: { noExternal: true },
    })
  },
  tsup: async () => {
    const { build } = await import('tsup')
    await build({
      entry: { main: entry },
      config: false,
      silent: true,
      format,
      minify: true,
      noExternal: [/./],
      outDir: outdir,
      outExtension: () => ({ js: `.${name.split('.')[1]}` }),
      ...(esm && { banner: { js: banner } }),
    })
  },
  ncc: async () => {
    const cli = require.resolve('@vercel/ncc/dist/ncc/cli.js')
    execFileSync(process.execPath, [cli, 'build', entry, '-m', '-q', '-o', outdir], { stdio: 'inherit' })
    return join(
      outdir,
      readdirSync(outdir).find((each) => /^index\.[cm]?js$/.test(each)),
    )
  },
  'bun --target=node': () => bun('--target=node', `--format=${format}`, `--outfile=${file}`),
  'bun --target=bun': () => bun('--target=bun', `--format=${format}`, `--outfile=${file}`),
  'bun --compile': () => {
    bun('--compile', `--outfile=${join(outdir, 'main')}`)
    return join(outdir, 'main')
  },
}

console.log(basename((await bundlers[bundler]()) ?? file))
