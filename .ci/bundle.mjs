// Bundles src/ into dist/ with esbuild. A user's command loads two files: dist/index.js at its import, and dist/run.cjs
// when something is recorded; dist/ask.cjs where the user is asked. All other files are loaded by other processes, or by hosts that import them explicitly. A
// host that is bundled into one file gets dist/bundled.js, which holds both as texts.
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const read = (path) => JSON.parse(readFileSync(path, 'utf8'))

const versions = {
  DISTRO_VERSION: JSON.stringify(read('package.json').version),
  SDK_VERSION: JSON.stringify(read('node_modules/@opentelemetry/sdk-trace/package.json').version),
}

/** The SDK imports its resource detectors dynamically. We never call them, so they stay out of the bundles. */
const withoutDetectors = {
  name: 'without-detectors',
  setup: ({ onResolve }) => onResolve({ filter: /getMachineId-/ }, ({ path }) => ({ path, external: true })),
}

/** uuid's form for browsers computes SHA-1 itself. The one for Node loads `node:crypto`, which takes 5 ms. */
const withoutCrypto = {
  name: 'without-crypto',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^uuid$/ }, () => ({ path: join(import.meta.dirname, '../node_modules/uuid/dist/index.js') })),
}

/** Adapters and commands import the package instead of bundling a copy, so that they share one run with the host. */
const sharingTheRun = {
  name: 'sharing-the-run',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\.\/index\.ts$/ }, () => ({ path: 'cq-telemetry', external: true }))
    onResolve({ filter: /^\.\.\/command\/index\.ts$/ }, () => ({ path: 'cq-telemetry/command', external: true }))
  },
}

const metafiles = []
const bundle = async (entryPoints, { plugins = [], define = {}, ...options } = {}) => {
  const { metafile, outputFiles } = await build({
    entryPoints,
    outdir: 'dist',
    outbase: 'src',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    external: ['pg', '@duckdb/node-api', '@oclif/core'],
    // The texts of the options are for the documentation alone, and warnings of ECharts for those who develop with it.
    define: { ...versions, OPTION_DOCS: 'false', 'process.env.NODE_ENV': '"production"', ...define },
    plugins: [withoutDetectors, ...plugins],
    metafile: true,
    logLevel: 'warning',
    ...options,
  })
  metafiles.push(metafile)
  return outputFiles?.[0].text.trim()
}

/** Above an uncaught error Node prints the line that threw it. Without line breaks that would be the whole file. */
const shortLines = { lineLimit: 160 }

/** For bundled CommonJS packages, which call `require` for Node's own modules. */
const withRequire = {
  banner: {
    js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url ?? __filename);",
  },
}

/** Options for a CommonJS file, with a substitute for `import.meta.url`. */
const commonjs = {
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  banner: { js: "'use strict';const ownUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'ownUrl' },
}

/**
 * The child as one script that runs in every form: as a file of ES modules or of CommonJS, from a text, and in a thread. So it
 * has neither imports nor exports, and takes Node's own modules from `process`.
 */
const child = {
  format: 'cjs',
  // The launcher knows a copy by this comment (`launch/child-file.ts`).
  banner: { js: '/* cq-telemetry/child */\n((require, module) => {' },
  footer: { js: '})(process.getBuiltinModule, {});' },
  supported: { 'dynamic-import': false },
}

/** Options for the script and the style of `view --html`, which the page contains as text. */
const browser = {
  write: false,
  platform: 'browser',
  target: ['chrome111', 'firefox113', 'safari16.4'],
  mainFields: ['browser', 'module', 'main'],
}
const pageScript = await bundle(['src/inspect/page/app.tsx'], {
  ...browser,
  format: 'iife',
  jsx: 'automatic',
  jsxImportSource: 'preact',
})
const pageStyle = await bundle(['src/inspect/page/style.css'], browser)
const page = {
  // `</script` in the text would end the script element.
  PAGE_SCRIPT: JSON.stringify(pageScript.replaceAll('</script', '<\\/script')),
  PAGE_STYLE: JSON.stringify(pageStyle),
}

await bundle(['src/index.ts'], { ...shortLines, define: { RUN_TEXT: 'undefined', ASK_TEXT: 'undefined' } })
await bundle(['src/run.ts', 'src/ask.ts'], {
  ...shortLines,
  plugins: [withoutCrypto],
  ...commonjs,
  // The globals of Node, as `machine/node.ts` took them before the host could replace them.
  banner: {
    js: `${commonjs.banner.js}
const {Date,performance,JSON,Promise,URL,TextEncoder,Buffer,setTimeout,clearTimeout,setInterval,clearInterval}=(globalThis[Symbol.for('cq-telemetry taken')]??{globals:globalThis}).globals;`,
  },
})
const textOf = (path) => JSON.stringify(readFileSync(path, 'utf8'))
const texts = { RUN_TEXT: textOf('dist/run.cjs'), ASK_TEXT: textOf('dist/ask.cjs') }
await bundle([{ in: 'src/index.ts', out: 'bundled' }], { ...shortLines, define: texts })
await bundle(['src/inspect/index.ts', 'src/testing/index.ts', 'src/sdk/index.ts', 'src/identity/project.ts'])
await bundle(['src/testing/preload.ts'], { format: 'cjs', outExtension: { '.js': '.cjs' } })
await bundle(['src/deliver/rudder-exporter.ts', 'src/bridge/index.ts'], withRequire)
await bundle(['src/deliver/main.ts'], child)
await bundle(
  ['adapter', 'commander', 'yargs', 'citty', 'oclif', 'cac', 'clipanion', 'stricli', 'main'].map(
    (name) => `src/frameworks/${name}.ts`,
  ),
  { plugins: [sharingTheRun] },
)
await bundle(['src/command/main.ts', 'src/command/index.ts'], {
  ...withRequire,
  plugins: [sharingTheRun],
  // So that a command loads only the code that it needs.
  splitting: true,
  chunkNames: 'command/[name]-[hash]',
  define: page,
})

const commandText = await bundle(['src/command/index.ts'], {
  ...commonjs,
  define: { ...commonjs.define, ...page },
  // A function that is compiled from a text cannot import.
  supported: { 'dynamic-import': false },
  write: false,
})
await bundle(['src/command/bundled.ts'], { ...shortLines, define: { COMMAND_TEXT: JSON.stringify(commandText) } })

chmodSync('dist/command/main.js', 0o755)
const main = readFileSync('dist/command/main.js', 'utf8')
writeFileSync('dist/command/main.js', `#!/usr/bin/env node\n${main}`)

/** The packages whose code is in the bundles; their licences require that we ship the licence texts. */
const packages = metafiles
  .flatMap(({ outputs }) => Object.values(outputs))
  .flatMap(({ inputs }) => Object.entries(inputs))
  .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  .flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [])

/** For a package that declares this licence and has no text of it. */
const mit = (author) => `Copyright (c) ${author}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`

const licenceOf = (directory) => {
  // One file, or a folder of them for what the package itself holds of others.
  const texts = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(directory.length + 1))
    .filter((path) => /^(?:licen[cs]es?\/[^/]+|(?:licen[cs]e|notice)[^/]*)$/i.test(path))
    .sort()
    .map((path) => readFileSync(`${directory}/${path}`, 'utf8').trim())
  if (texts.length > 0) return texts.join('\n\n')
  const { name, license, author } = read(`${directory}/package.json`)
  if (license !== 'MIT' || typeof author !== 'string') throw new Error(`${name} has no text of its licence`)
  return mit(author)
}

/** Packages that have the same text, such as Apache-2.0's, stand above it together. */
const titlesByText = new Map()
for (const directory of [...new Set(packages)].sort()) {
  const { name, version, license } = read(`${directory}/package.json`)
  const text = licenceOf(directory)
  titlesByText.set(text, new Set(titlesByText.get(text)).add(`${name} ${version} (${license})`))
}
const notices = [...titlesByText].map(([text, titles]) => `${[...titles].join('\n')}\n\n${text}\n`)
writeFileSync('dist/THIRD-PARTY-NOTICES.txt', notices.join(`\n${'-'.repeat(80)}\n\n`))

// For the tests that check which modules each file contains. Not published.
const merged = {
  inputs: Object.assign({}, ...metafiles.map(({ inputs }) => inputs)),
  outputs: Object.assign({}, ...metafiles.map(({ outputs }) => outputs)),
}
mkdirSync('node_modules/.cache', { recursive: true })
writeFileSync('node_modules/.cache/cq-telemetry-metafile.json', JSON.stringify(merged))
