import { type Part, parts, type Published } from './public.ts'

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

const table = (part: Part, { groups, k }: Publication): string => {
  const rows = groups[part]
  if (!rows) return 'Withheld: the numbers would say too much about small groups.'
  if (rows.length === 0) return `No group of ${k} users.`
  return [
    '| | users, at least |',
    '| --- | ---: |',
    ...rows.map(({ name, users }) => `| ${cell(name)} | ${number(users)} |`),
  ].join('\n')
}

/** As Markdown. */
export const asMarkdown = (publication: Publication): string =>
  [
    `# ${publication.tool} in ${publication.month}`,
    `At least ${number(publication.users)} users. Each number is rounded down to a multiple of ${publication.k}; ` +
      `what fewer than ${publication.k} users share is left out. A user is an installation, outside of CI.`,
    ...parts.flatMap((part) => [`## ${titles[part]}`, table(part, publication)]),
  ].join('\n\n')
