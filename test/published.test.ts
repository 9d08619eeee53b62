import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { Metafile } from 'esbuild'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stage } from './support/packed.ts'

/** The folder that `npm publish` runs in. */

const root = new URL('..', import.meta.url).pathname

let folder: string
let files: readonly string[]
const read = (path: string): string => readFileSync(join(folder, path), 'utf8')
const manifest = () => JSON.parse(read('package.json')) as Record<string, unknown>

beforeAll(() => {
  folder = stage()
  files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('files', () => {
  test('take at most 3.5 MB', () => {
    const bytes = files.map((path) => statSync(join(folder, path)).size).reduce((sum, size) => sum + size, 0)
    expect(bytes).toBeLessThan(3_500_000)
  })

  test('are bundles, declarations, pages and the collector’s configuration', () => {
    const kinds =
      /^(?:dist\/.*\.(?:c?js|d\.c?ts)|docs\/.*\.md|collector-config\/.*\.(?:ya?ml|sql|json|md|conf|service|sh))$/
    expect(files.filter((path) => !kinds.test(path)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'collector-config/deploy/Dockerfile',
      'dist/THIRD-PARTY-NOTICES.txt',
      'package.json',
    ])
  })

  test('name no path of the machine that built them', () => {
    const paths = [root, process.cwd(), `${homedir()}/`, '/work/', folder]
    for (const file of files)
      expect(
        paths.filter((path) => read(file).includes(path)),
        file,
      ).toEqual([])
  })

  test('have no link to a source map', () => {
    expect(files.filter((path) => /^\/\/[#@] sourceMappingURL=/m.test(read(path)))).toEqual([])
  })

  test('link to each other, or to the repository', () => {
    for (const page of files.filter((path) => path.endsWith('.md'))) {
      const links = [...read(page).matchAll(/\]\((?!\w+:)([^)#]+)/g)].map(([, link]) =>
        join(dirname(page), String(link)),
      )
      expect(
        links.filter((link) => !files.includes(link) && !files.some((file) => file.startsWith(`${link}/`))),
        page,
      ).toEqual([])
    }
  })
})

describe('package.json', () => {
  test('has no field that only the repository needs', () => {
    expect(Object.keys(manifest()).sort()).toEqual([
      'bin',
      'bugs',
      'description',
      'engines',
      'exports',
      'homepage',
      'keywords',
      'license',
      'name',
      'oclif',
      'peerDependencies',
      'peerDependenciesMeta',
      'repository',
      'sideEffects',
      'type',
      'types',
      'typesVersions',
      'version',
    ])
  })

  test('requires no other package from an end user', () => {
    const { peerDependencies, peerDependenciesMeta } = manifest() as {
      peerDependencies: Record<string, string>
      peerDependenciesMeta: Record<string, { optional: boolean }>
    }
    expect(Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true)).toEqual([])
  })

  test('has no range for a peer with only prereleases, since npm finds none of them in a range', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>
    }
    const ranges = Object.entries(manifest()['peerDependencies'] as Record<string, string>)
    const isPrerelease = (name: string): boolean => devDependencies[name]?.includes('-') === true
    expect(ranges.filter(([name, range]) => isPrerelease(name) && range !== '*')).toEqual([])
  })

  test('satisfies publint, which does not know that require() loads ES modules', async () => {
    const { messages } = await publint({ pkgDir: folder, strict: true })
    const others = messages.filter(
      ({ code, path }) => code !== 'EXPORTS_TYPES_INVALID_FORMAT' || !path.includes('require'),
    )
    expect(others).toEqual([])
  })
})

test('the notices list each package whose code is published, with its licence', () => {
  const { outputs } = JSON.parse(
    readFileSync(join(root, 'node_modules/.cache/cq-telemetry-metafile.json'), 'utf8'),
  ) as Metafile
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs))
  const directories = new Set(
    inputs
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  )
  expect(directories).toContain('node_modules/preact')
  expect(directories).toContain('node_modules/@bomb.sh/tab')
  const sections = read('dist/THIRD-PARTY-NOTICES.txt').split(/^-{80}$/m)
  for (const directory of directories) {
    const { name, version } = JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8')) as Record<
      'name' | 'version',
      string
    >
    const section = sections.find((text) => text.split('\n').some((line) => line.startsWith(`${name} ${version} (`)))
    expect(section, name).toMatch(/copyright|licen[cs]e/i)
    expect(section?.trim().split('\n').length, name).toBeGreaterThan(7)
  }
  const ofECharts = sections.find((text) => text.trim().startsWith('echarts '))
  expect(ofECharts).toContain(readFileSync(join(root, 'node_modules/echarts/NOTICE'), 'utf8').trim())
})
