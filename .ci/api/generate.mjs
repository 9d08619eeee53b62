// Writes docs/api.md from the docstrings, or says with --check whether it is what they say. After the build.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const page = join(root, 'docs/api.md')
const read = (path) => JSON.parse(readFileSync(path, 'utf8'))
if (!existsSync(join(here, 'node_modules'))) execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here })

const { entryPoints, out } = read(join(here, 'typedoc.json'))
execFileSync(process.execPath, [join(here, 'node_modules/typedoc/bin/typedoc')], {
  cwd: here,
  stdio: ['ignore', 'ignore', 'inherit'],
})

const entries = Object.entries(read(join(root, 'package.json')).exports)
/** What a host imports, by the file of its types. */
const importOf = (types) => {
  const [name] = entries.find(([, conditions]) => JSON.stringify(conditions).includes(`"./${types}"`))
  return name.replace('.', 'cq-telemetry')
}
const modules = entryPoints
  .map((path) => path.replace('../../', ''))
  .map((types) => ({
    name: importOf(types),
    file: types.replace('dist/types/', '').replace(/(?:\/index)?\.d\.ts$/, '.md'),
  }))
/** Anchors of rows and links between files have no meaning in one page. */
const section = (file) =>
  readFileSync(join(here, out, file), 'utf8')
    .replace(/^# .*\n/, '')
    .replaceAll(/<a id="[^"]*"><\/a> ?/g, '')
    .replaceAll(/\]\([^)#]*#([^)]*)\)/g, '](#$1)')
    .replaceAll(/^(#+) /gm, '#$1 ')
    .trim()
const text = `# The public surface

Written from the docstrings by \`npm run docs\`. [instrumenting.md](instrumenting.md) tells how it is used.

${modules.map(({ name }) => `- [\`${name}\`](#${name.replaceAll('/', '')})`).join('\n')}

${modules.map(({ name, file }) => `## \`${name}\`\n\n${section(file)}`).join('\n\n')}
`

if (!process.argv.includes('--check')) writeFileSync(page, text)
else if (!existsSync(page) || readFileSync(page, 'utf8') !== text) {
  console.error('docs/api.md is not what the docstrings say: npm run docs writes it')
  process.exitCode = 1
}
