import { readFileSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { plotsOf } from './plots.ts'
import { readResults, type Results } from './results.ts'
import { peersOf, tableOf, targetsTable } from './tables.ts'

/** Writes what was measured into docs/benchmarks.md, between the marks that name a suite, and draws the pictures. */

const page = 'docs/benchmarks.md'

const replaced = (text: string, name: string, content: string): string =>
  text.replace(
    new RegExp(`(<!-- bench:${name} -->\n)[^]*?(\n<!-- /bench -->)`),
    (_, begin: string, end: string) => `${begin}\n${content}\n${end}`,
  )

/** The page with the tables of these results. */
export const documentOf = async (text: string, results: Results): Promise<string> => {
  const parts = [
    ['peers', peersOf(results)],
    ['targets', targetsTable(results)],
    ...Object.entries(results).map(([suite, result]) => [suite, tableOf(suite, result)]),
  ] as const
  const filled = parts.reduce((page, [name = '', content = '']) => replaced(page, name, content), text)
  return format(filled, { ...(await resolveConfig(page)), parser: 'markdown' })
}

export const writeDocument = async (path: string): Promise<void> => {
  const results = readResults(path)
  writeFileSync(page, await documentOf(readFileSync(page, 'utf8'), results))
  for (const [name, svg] of plotsOf(results)) writeFileSync(`docs/images/${name}`, svg)
}
