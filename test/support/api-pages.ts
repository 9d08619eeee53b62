import { readFileSync } from 'node:fs'
import { declarationsOf, formatted, type Origin, originOf } from './declarations.ts'

/** Renders docs/api from the docstrings in dist/types: one page for each subpath that exports something, and their list. */

interface Page {
  /** What a host imports, e.g. `cq-telemetry/yargs`. */
  readonly name: string
  readonly link: string
  readonly types: string
}

type Exports = Readonly<Record<string, string | { readonly types: string }>>
const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  exports: Exports
}

const pages: readonly Page[] = Object.entries(manifest.exports).flatMap(([subpath, conditions]) => {
  if (typeof conditions === 'string') return []
  const types = conditions.types.replace('./dist/types/', '')
  const name = subpath.replace('.', 'cq-telemetry')
  return declarationsOf(types).exported.length === 0 ? [] : [{ name, link: `${name.split('/').at(-1)}.md`, types }]
})

const keyOf = ({ file, name }: Origin): string => `${file}#${name}`

interface Home {
  readonly page: Page
  readonly name: string
  /** Of the heading. GitHub numbers equal ones: `oneOf` has `#oneof`, `OneOf` after it `#oneof-1`. */
  readonly anchor: string
}

/** The page that shows a name: the first that exports it. */
const homes = new Map<string, Home>()
for (const page of pages) {
  const anchors: string[] = []
  for (const name of declarationsOf(page.types).exported) {
    const origin = originOf(page.types, name)
    if (!origin) throw new Error(`${page.name} exports ${name}, which is declared nowhere`)
    if (homes.has(keyOf(origin))) continue
    const slug = name.toLowerCase()
    const before = anchors.filter((each) => each === slug).length
    anchors.push(slug)
    homes.set(keyOf(origin), { page, name, anchor: before === 0 ? slug : `${slug}-${before}` })
  }
}

const linkTo = (from: Page, { page, name, anchor }: Home): string =>
  `[\`${name}\`](${page === from ? '' : page.link}#${anchor})`

/** Splits the types that a declaration mentions: those that a page shows, and those that no page exports. */
const mentionsOf = (origin: Origin): { readonly shown: readonly Origin[]; readonly hidden: readonly Origin[] } => {
  const mentions = declarationsOf(origin.file).own.get(origin.name)?.mentions ?? []
  const origins = mentions.flatMap((name) => originOf(origin.file, name) ?? [])
  const others = origins.filter((each) => keyOf(each) !== keyOf(origin))
  return {
    shown: others.filter((each) => homes.has(keyOf(each))),
    hidden: others.filter((each) => !homes.has(keyOf(each))),
  }
}

/** The declaration and the types below it that no page exports, each once a page. */
const withHidden = (origin: Origin, seen: Set<string>): readonly Origin[] => {
  if (seen.has(keyOf(origin))) return []
  seen.add(keyOf(origin))
  return [origin, ...mentionsOf(origin).hidden.flatMap((each) => withHidden(each, seen))]
}

const codeOf = async (origin: Origin, outermost: boolean): Promise<string> => {
  const { code = '', doc = '' } = declarationsOf(origin.file).own.get(origin.name) ?? {}
  const text = await formatted(code)
  return outermost || doc === '' ? text : `/** ${doc.replaceAll('\n', '\n * ')} */\n${text}`
}

/** The options have a table in another page. */
const isOptions = ({ file, name }: Origin): boolean => file === 'api/options.d.ts' && name === 'Options'

const entry = async (page: Page, name: string, origin: Origin, seen: Set<string>): Promise<string> => {
  const { doc = '' } = declarationsOf(origin.file).own.get(origin.name) ?? {}
  const head = [`## \`${name}\``, ...(doc ? [linked(doc)] : [])].join('\n\n')
  if (isOptions(origin)) return `${head}\n\nThe options are in [instrumenting.md](../instrumenting.md#options).`
  const origins = withHidden(origin, seen)
  const codes = await Promise.all(origins.map((each) => codeOf(each, each === origin)))
  const shown = origins.flatMap((each) => mentionsOf(each).shown.flatMap((other) => homes.get(keyOf(other)) ?? []))
  const links = new Set(shown.filter((home) => home.name !== name).map((home) => linkTo(page, home)))
  const types = links.size > 0 ? `\n\nTypes: ${[...links].join(', ')}` : ''
  return `${head}\n\n\`\`\`ts\n${codes.join('\n\n')}\n\`\`\`${types}`
}

/** A docstring names a page by its path in the repository. */
const linked = (text: string): string => text.replaceAll(/docs\/([\w-]+\.md)/g, '[$1](../$1)')

const pageText = async (page: Page): Promise<string> => {
  const { about, exported } = declarationsOf(page.types)
  const entries: Promise<string>[] = []
  const elsewhere: string[] = []
  const seen = new Set<string>()
  for (const name of exported) {
    const origin = originOf(page.types, name) as Origin
    const home = homes.get(keyOf(origin))
    if (home?.page === page) entries.push(entry(page, name, origin, seen))
    else if (home) elsewhere.push(linkTo(page, home))
  }
  const also = elsewhere.length > 0 ? [`Also exports ${elsewhere.join(', ')}.`] : []
  const head = `# \`${page.name}\`\n\n<!-- Written by \`npm run docs\` from the docstrings. -->`
  return `${[head, linked(about), ...also, ...(await Promise.all(entries))].join('\n\n')}\n`
}

const sentenceOf = ({ types }: Page): string => /^[^]*?\.(?=\s|$)/.exec(declarationsOf(types).about)?.[0] ?? ''

const list = (): string => `# API

For authors of tools: one page for each import, written by \`npm run docs\` from the docstrings.
[instrumenting.md](../instrumenting.md) and [adapters.md](../adapters.md) explain how to use them.

| import | what |
| --- | --- |
${pages.map((page) => `| [\`${page.name}\`](${page.link}) | ${linked(sentenceOf(page)).replaceAll(/\s+/g, ' ')} |`).join('\n')}

\`cq-telemetry/child\` is the program that sends. It exports nothing: see the option \`child\` in
[instrumenting.md](../instrumenting.md#options).
`

/** The files of docs/api, by their names. */
export const apiPages = async (): Promise<ReadonlyMap<string, string>> =>
  new Map([
    ['README.md', list()],
    ...(await Promise.all(pages.map(async (page) => [page.link, await pageText(page)] as const))),
  ])
