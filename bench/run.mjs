// Bundles the harness, which is TypeScript, and runs it; installs the peers where they are missing and something is measured.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const bench = dirname(fileURLToPath(import.meta.url))
process.chdir(dirname(bench))
const measures = !process.argv.some((argument) => /^--(?:help|document)\b/.test(argument))
if (measures && !existsSync(join(bench, 'node_modules'))) {
  console.error('installing the peers that are compared with …')
  const { status } = spawnSync('npm', ['install', '--prefix', bench, '--ignore-scripts', '--no-audit', '--no-fund'], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(1)
}
const outfile = join(bench, 'node_modules/.cache/main.mjs')
mkdirSync(dirname(outfile), { recursive: true })
await build({
  entryPoints: [join(bench, 'main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
})
await import(pathToFileURL(outfile).href)
