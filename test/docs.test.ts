import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { schemaYaml } from './support/schema-yaml.ts'
import { analyticsPage } from './support/analytics-page.ts'
import { collectedData } from './support/collected-data.ts'

const root = new URL('..', import.meta.url).pathname
const pages = ['README.md', 'CHANGELOG.md', ...readdirSync(join(root, 'docs')).map((name) => join('docs', name))]

test('docs/collected-data.md is what the table says (npm run docs writes it)', async () => {
  await expect(collectedData()).toMatchFileSnapshot('../docs/collected-data.md')
})

test('docs/analytics.md has the SQL of collector-config/analytics (npm run docs writes it)', async () => {
  await expect(analyticsPage()).toMatchFileSnapshot('../docs/analytics.md')
})

test('the allow-list of the collector is what the table says (npm run docs writes it)', async () => {
  await expect(schemaYaml()).toMatchFileSnapshot('../collector-config/shared/schema.yaml')
})

test.each(pages.filter((page) => page.endsWith('.md')))('%s links only to what there is', (page) => {
  const text = readFileSync(join(root, page), 'utf8')
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => String(link))
  expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([])
})

test('each script that the documentation names is one of package.json', () => {
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
