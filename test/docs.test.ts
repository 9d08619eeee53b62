import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { documentOf } from '../bench/document.ts'
import { plotsOf } from '../bench/plots.ts'
import { readResults } from '../bench/results.ts'
import { schemaYaml } from './support/schema-yaml.ts'
import { analyticsPage } from './support/analytics-page.ts'
import { collectedData } from './support/collected-data.ts'
import { dashboardFiles } from './support/dashboards/files.ts'
import { privacyPage } from './support/file-docs.ts'
import { counts, plantings } from './support/vector-places.ts'
import { instrumentingPage, optionsInterface } from './support/option-docs.ts'

const root = new URL('..', import.meta.url).pathname
const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
]

test('docs/collected-data.md matches the table (npm run docs writes it)', async () => {
  await expect(collectedData()).toMatchFileSnapshot('../docs/collected-data.md')
})

test('src/api/options.ts matches the option table (npm run docs writes it)', async () => {
  await expect(await optionsInterface()).toMatchFileSnapshot('../src/api/options.ts')
})

test('docs/instrumenting.md has the option table (npm run docs writes it)', async () => {
  await expect(instrumentingPage()).toMatchFileSnapshot('../docs/instrumenting.md')
})

test('docs/privacy.md has the files of the layout (npm run docs writes it)', async () => {
  await expect(privacyPage()).toMatchFileSnapshot('../docs/privacy.md')
})

test('docs/privacy.md claims no more secrets than the tests plant', () => {
  const page = readFileSync(join(root, 'docs/privacy.md'), 'utf8').replaceAll(/\s+/g, ' ')
  const said = /secrets of ([\d,]+) formats.*?plant them ([\d,]+) times, through ([\d,]+) inputs/.exec(page)?.slice(1)
  const [formats, times, inputs] = (said ?? []).map((text) => Number(text.replaceAll(',', '')))
  expect(formats).toBe(counts.formats)
  expect(inputs).toBe(counts.inputs)
  expect(times).toBeGreaterThan(100_000)
  expect(times).toBeLessThanOrEqual(plantings)
})

test('docs/analytics.md has the answers of the tests, and links to the SQL (npm run docs writes it)', async () => {
  await expect(analyticsPage()).toMatchFileSnapshot('../docs/analytics.md')
})

test.each(Object.entries(dashboardFiles))(
  'collector-config/dashboards/%s matches the code (npm run docs writes it)',
  async (name, text) => {
    await expect(text()).toMatchFileSnapshot(`../collector-config/dashboards/${name}`)
  },
)

test('the allow-list of the collector matches the table (npm run docs writes it)', async () => {
  await expect(schemaYaml()).toMatchFileSnapshot('../collector-config/shared/schema.yaml')
})

test('docs/benchmarks.md and its pictures are of bench/results.json (npm run bench -- --document bench/results.json writes them)', async () => {
  const results = readResults(join(root, 'bench/results.json'))
  const page = readFileSync(join(root, 'docs/benchmarks.md'), 'utf8')
  expect(await documentOf(page, results)).toBe(page)
  for (const [name, svg] of plotsOf(results))
    expect(readFileSync(join(root, 'docs/images', name), 'utf8') === svg, name).toBe(true)
})

test.each(pages.filter((page) => page.endsWith('.md')))('%s links only to existing files', (page) => {
  const text = readFileSync(join(root, page), 'utf8')
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => String(link))
  expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([])
})

test('docs/README.md lists each page', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8')
  const names = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md') && name !== 'README.md')
  expect(names.filter((name) => !index.includes(`](${name})`))).toEqual([])
})

/** The anchors that GitHub gives to the headings of a page. */
const anchorsOf = (text: string): ReadonlySet<string> => {
  const anchors = new Set<string>()
  const prose = text.replaceAll(/^```[^]*?^```$/gm, '')
  for (const [, heading = ''] of prose.matchAll(/^#+ (.*)$/gm)) {
    const words = heading.replaceAll(/\]\([^)]*\)/g, '').toLowerCase()
    const slug = words.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-')
    const number = [...Array(anchors.size + 1).keys()].find(
      (each) => !anchors.has(each === 0 ? slug : `${slug}-${each}`),
    )
    anchors.add(number === 0 ? slug : `${slug}-${number}`)
  }
  return anchors
}

test.each(pages.filter((page) => page.endsWith('.md')))('%s links only to existing headings', (page) => {
  const text = readFileSync(join(root, page), 'utf8')
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)]
  const broken = links.filter(([, file = '', anchor = '']) => {
    const target = file === '' ? page : join(dirname(page), file)
    return target.endsWith('.md') && !anchorsOf(readFileSync(join(root, target), 'utf8')).has(anchor)
  })
  expect(broken.map(([link]) => link)).toEqual([])
})

test('package.json has each script that the documentation names', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  for (const page of pages.filter((name) => name.endsWith('.md'))) {
    const named = [...readFileSync(join(root, page), 'utf8').matchAll(/npm run ([a-z:-]+)/g)].map(([, name]) =>
      String(name),
    )
    expect(
      named.filter((name) => !(name in scripts)),
      page,
    ).toEqual([])
  }
})

/** The lines of the tables in docs/threat-model.md, but for their heads. */
const threats = readFileSync(join(root, 'docs/threat-model.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\|\s*(?:-|\|)/.test(line))
const quotedIn = (file: string, name: string): boolean =>
  existsSync(file) && ["'", '"', '`'].some((quote) => readFileSync(file, 'utf8').includes(`${quote}${name}${quote}`))

test.each(threats)('the threat model names an existing test, or accepts the risk: %s', (line) => {
  const tests = [...line.matchAll(/\[([^\]]+)\]\((\.\.\/test\/[^)]+)\)/g)]
  expect(tests.length > 0 || line.includes('Accepted')).toBe(true)
  for (const [, name = '', file = ''] of tests)
    expect(quotedIn(join(root, 'docs', file), name), `${file}: ${name}`).toBe(true)
})

test('the threat model has lines', () => {
  expect(threats.length).toBeGreaterThan(50)
})
