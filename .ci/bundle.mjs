// Bundles the package's entries. One file each, so that a command opens as few files as it can; what only a run that is
// recorded needs is in the same file and evaluated on demand (`require` of a module of ours becomes a lazy wrapper).
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'

const read = (path) => JSON.parse(readFileSync(path, 'utf8'))
const { version } = read('package.json')
const { version: sdkVersion } = read('node_modules/@opentelemetry/sdk-trace/package.json')

const common = {
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  external: ['pg'],
  platform: 'node',
  format: 'esm',
  target: 'node20.6',
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

const bundle = async (entryPoints, banner) =>
  (await build({ ...common, entryPoints, ...(banner && { banner: { js: banner } }) })).metafile

/** For packages that are CommonJS and ask for Node's own modules by `require`. */
const withRequire = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

const metafiles = [
  // What is in the user's command has no such package.
  await bundle(['src/index.ts', 'src/inspect.ts']),
  await bundle(['src/rudder.ts', 'src/bridge.ts', 'src/deliver/main.ts'], withRequire),
  await bundle(['src/command/main.ts'], `#!/usr/bin/env node\n${withRequire}`),
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
chmodSync('dist/command/main.js', 0o755)
