// Bundles and runs a TypeScript command of this repository: node .ci/start.mjs src/…/main.ts [arguments of the command]
import { mkdirSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [, , entry] = process.argv
process.argv.splice(1, 1)
// Two levels below the root, as the sources are, so that relative paths still lead to the same files.
const directory = resolve(root, 'node_modules/.cache')
const outfile = resolve(directory, `${basename(dirname(entry))}.mjs`)
mkdirSync(directory, { recursive: true })
await build({
  entryPoints: [resolve(root, entry)],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
})
await import(pathToFileURL(outfile).href)
