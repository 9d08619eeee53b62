// Puts what is published into a folder, from which `npm pack` and `npm publish` run. After the build:
// node .ci/stage.mjs [new folder]
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const folder = resolve(process.argv[2] ?? join(root, 'node_modules/.cache/package'))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const write = (path, text) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
const filesBelow = (directory) =>
  readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))

const entries = Object.entries(manifest.exports).filter(([, entry]) => entry.types !== undefined)

/** Imports of other declarations, which are written as imports of sources: './x.ts'. */
const ownImports = /(?<=(?:from |import\()["'])(\.\.?\/[^"']+)\.ts(?=["'])/g

const withImports = (path, seen = new Set()) => {
  if (seen.has(path)) return seen
  seen.add(path)
  for (const [, target] of readFileSync(join(root, path), 'utf8').matchAll(ownImports))
    withImports(join(dirname(path), `${target}.d.ts`), seen)
  return seen
}

/** The declarations that the entries need: as ES modules, and once more as CommonJS for hosts that `require`. */
const writeTypes = () => {
  for (const path of new Set(entries.flatMap(([, { types }]) => [...withImports(join(types))]))) {
    const text = readFileSync(join(root, path), 'utf8')
    write(path, text.replace(ownImports, '$1.js'))
    write(path.replace(/\.ts$/, '.cts'), text.replace(ownImports, '$1.cjs'))
  }
}

const ofTheRepository = ['private', 'workspaces', 'scripts', 'devDependencies', 'knip', 'prettier']
const published = Object.fromEntries(Object.entries(manifest).filter(([key]) => !ofTheRepository.includes(key)))

const writeManifest = () => {
  const exports = Object.fromEntries(
    entries.map(([path, { types, ...conditions }]) => [
      path,
      { types: { require: types.replace(/\.ts$/, '.cts'), default: types }, ...conditions },
    ]),
  )
  // For TypeScript's `moduleResolution: node10`, which does not read `exports`.
  const paths = entries.filter(([path]) => path !== '.').map(([path, { types }]) => [path.slice('./'.length), [types]])
  const forNode10 = { types: manifest.exports['.'].types, typesVersions: { '*': Object.fromEntries(paths) } }
  const all = { ...published, ...forNode10, exports: { ...manifest.exports, ...exports } }
  write('package.json', `${JSON.stringify(all, null, 2)}\n`)
}

/** A link to what is not in the package leads to the repository, at the version that is published. */
const writePage = (path) => {
  const repository = manifest.repository.url.replace(/^git\+|\.git$/g, '')
  const text = readFileSync(join(root, path), 'utf8').replaceAll(/(?<=\]\()(?!\w+:)[^)#]+/g, (link) => {
    const target = join(dirname(path), link)
    if (existsSync(join(folder, target))) return link
    return `${repository}/blob/v${manifest.version}/${target}${/\.(?:png|svg)$/.test(link) ? '?raw=true' : ''}`
  })
  write(path, text)
}

if (process.argv[2] === undefined) rmSync(folder, { recursive: true, force: true })
const forContributors = ['docs/architecture.md', 'docs/benchmarks.md', 'docs/STYLE.md']
const pages = ['README.md', 'CHANGELOG.md', ...filesBelow('docs')].filter(
  (path) => path.endsWith('.md') && !forContributors.includes(path),
)
const copied = [
  'LICENSE',
  ...filesBelow('dist').filter((path) => !path.startsWith('dist/types/')),
  ...filesBelow('collector-config').filter((path) => !path.startsWith('collector-config/tooling/')),
]
for (const path of [...copied, ...pages]) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  cpSync(join(root, path), join(folder, path))
}
pages.forEach(writePage)
writeTypes()
writeManifest()
