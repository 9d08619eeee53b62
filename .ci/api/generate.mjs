// Writes docs/api.md from the docstrings, or says with --check whether it is what they say. After the build.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const page = join(here, '../../docs/api.md')
if (!existsSync(join(here, 'node_modules'))) execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here })

const { entryPoints } = JSON.parse(readFileSync(join(here, 'typedoc.json'), 'utf8'))
const out = mkdtempSync(join(tmpdir(), 'cq-api-'))
execFileSync(process.execPath, [join(here, 'node_modules/typedoc/bin/typedoc'), '--out', out], {
  cwd: here,
  stdio: ['ignore', 'ignore', 'inherit'],
})

const modules = entryPoints.map((path) => path.replace(/^.*dist\/types\//, '').replace(/\.d\.ts$/, ''))
const importOf = (module) => (module === 'index' ? 'cq-telemetry' : `cq-telemetry/${module.replace('adapters/', '')}`)
/** Anchors of rows and links between files have no meaning in one page. */
const section = (module) =>
  readFileSync(join(out, `${module}.md`), 'utf8')
    .replace(/^# .*\n/, '')
    .replaceAll(/<a id="[^"]*"><\/a> ?/g, '')
    .replaceAll(/\]\([^)#]*#([^)]*)\)/g, '](#$1)')
    .replaceAll(/^(#+) /gm, '#$1 ')
    .trim()
const text = `# The public surface

Written from the docstrings by \`npm run docs\`. [instrumenting.md](instrumenting.md) tells how it is used.

${modules.map((module) => `- [\`${importOf(module)}\`](#${importOf(module).replaceAll('/', '')})`).join('\n')}

${modules.map((module) => `## \`${importOf(module)}\`\n\n${section(module)}`).join('\n\n')}
`
rmSync(out, { recursive: true })

if (!process.argv.includes('--check')) writeFileSync(page, text)
else if (!existsSync(page) || readFileSync(page, 'utf8') !== text) {
  console.error('docs/api.md is not what the docstrings say: npm run docs writes it')
  process.exitCode = 1
}
