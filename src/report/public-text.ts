import { escapeHtml, pageOf } from './html.ts'
import { type Group, type Part, parts, type Published } from './public.ts'

/** What `report --public` prints. */
export interface Publication extends Published {
  readonly tool: string
  /** `2026-10` */
  readonly month: string
  readonly k: number
}

const titles: Record<Part, string> = {
  versions: 'Versions',
  systems: 'Systems',
  countries: 'Countries',
  operations: 'Operations',
}

const number = (value: number): string => value.toLocaleString('en')

const cell = (text: string): string => (text === '' ? 'unknown' : text.replaceAll(/[^\w .:+-]/g, '_'))

/** Draws a table with `draw`, or says why there is none. */
const tableBy =
  (draw: (rows: readonly Group[]) => string, say: (text: string) => string) =>
  (part: Part, { groups, k }: Publication): string => {
    const rows = groups[part]
    if (!rows) return say('This table is withheld: its numbers would reveal the size of a small group.')
    return rows.length === 0 ? say(`No group has ${k} users.`) : draw(rows)
  }

const titleOf = ({ tool, month }: Publication): string => `${tool} in ${month}`

const about = ({ users, k }: Publication): string =>
  `At least ${number(users)} users. Each number is rounded down to a multiple of ${k}. A group of fewer than ${k} users is ` +
  'left out. A user is an installation, outside of CI.'

const markdownTable = tableBy(
  (rows) =>
    [
      '| | users, at least |',
      '| --- | ---: |',
      ...rows.map(({ name, users }) => `| ${cell(name)} | ${number(users)} |`),
    ].join('\n'),
  (text) => text,
)

/** The publication as Markdown. */
export const asMarkdown = (publication: Publication): string =>
  [
    `# ${titleOf(publication)}`,
    about(publication),
    ...parts.flatMap((part) => [`## ${titles[part]}`, markdownTable(part, publication)]),
  ].join('\n\n')

const htmlTable = tableBy(
  (rows) =>
    '<table><thead><tr><th scope="col"></th><th scope="col" class="number">users, at least</th></tr></thead><tbody>' +
    `${rows.map(({ name, users }) => `<tr><td>${escapeHtml(cell(name))}</td><td class="number">${number(users)}</td></tr>`).join('\n')}</tbody></table>`,
  (text) => `<p>${escapeHtml(text)}</p>`,
)

/** The publication as an HTML page. */
export const asPublicPage = (publication: Publication): string =>
  pageOf(
    titleOf(publication),
    about(publication),
    parts.map((part) => `<section><h2>${titles[part]}</h2>${htmlTable(part, publication)}</section>`),
  )
