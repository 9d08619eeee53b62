// Runs a command of this repository that is TypeScript: node .ci/start.mjs src/…/main.ts [arguments of the command]
import { mkdirSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [, , entry] = process.argv
process.argv.splice(1, 1)
// Two levels below the root, as its source is: relative paths mean the same.
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
