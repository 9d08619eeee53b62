import { readFileSync } from 'node:fs'
import { format } from 'prettier'
import type { Docs, Row, Rows } from '../../src/api/check-options.ts'
import { optionTable } from '../../src/api/option-table.ts'

/** Renders src/api/options.ts and the table of docs/instrumenting.md from the option table. */

const head = `// Written by \`npm run docs\` from option-table.ts, checked by a test. Not edited by hand.
import type { Declarations } from '../schema/custom.ts'
import type { LiteralNames, PublicNames } from '../schema/names.ts'
import type { ErrorClass } from '../schema/vocabulary.ts'

/** A value, or a function that returns it. The function is called only when telemetry is on. */
export type Lazy<T> = T | (() => T | undefined)

/** Options of \`instrument()\`, which throws a TypeError that names each wrong or unknown one. */
`

const docsOf = (name: string, { docs }: Row): Docs => {
  if (!docs) throw new Error(`option "${name}" has no docs`)
  return docs
}

const width = 120

const comment = (text: string, indent: string): string => {
  if (`${indent}/** ${text} */`.length <= width) return `${indent}/** ${text} */`
  const lines = ['']
  // Code is not broken.
  for (const word of text.match(/(?:`[^`]*`|[^\s`])+/g) ?? []) {
    const longer = `${lines.at(-1)} ${word}`
    if (`${indent} *${longer}`.length <= width) lines[lines.length - 1] = longer
    else lines.push(` ${word}`)
  }
  return [`${indent}/**`, ...lines.map((line) => `${indent} *${line}`), `${indent} */`].join('\n')
}

const typeOf = (name: string, row: Row, indent: string): string => {
  const { type } = docsOf(name, row)
  if (type !== undefined) return type
  if (typeof row.check === 'function') throw new Error(`option "${name}" has no type`)
  return `{\n${members(row.check, `${indent}  `)}\n${indent}}`
}

const members = (rows: Rows, indent: string): string =>
  Object.entries(rows)
    .map(([name, row]) => {
      const { doc, default: otherwise } = docsOf(name, row)
      const text = otherwise === undefined ? doc : `${doc} Default: ${otherwise}.`
      const type = typeOf(name, row, indent)
      // `unknown` holds undefined already.
      const optional = type === 'Lazy<unknown>' ? type : `${type} | undefined`
      const property = row.required ? `${name}: ${type}` : `${name}?: ${optional}`
      return `${comment(text, indent)}\n${indent}readonly ${property}`
    })
    .join('\n')

/** src/api/options.ts */
export const optionsInterface = (): Promise<string> =>
  format(
    `${head}export interface Options<Names extends PublicNames = PublicNames, Attributes extends Declarations = Declarations> {
${members(optionTable, '  ')}
}
`,
    { parser: 'typescript', semi: false, singleQuote: true, printWidth: width },
  )

const cell = (text: string): string => text.replaceAll('|', '\\|')

const tableRows = (rows: Rows, parent = ''): string[] =>
  Object.entries(rows).flatMap(([name, row]) => {
    const { doc, type, default: otherwise = '' } = docsOf(name, row)
    const nested = typeof row.check === 'object' ? row.check : undefined
    const shown = nested || type === undefined ? 'object' : type.replaceAll('readonly ', '')
    const cells = [`\`${parent}${name}\``, `\`${shown}\``, row.required ? 'required' : otherwise, doc]
    return [`| ${cells.map(cell).join(' | ')} |`, ...(nested ? tableRows(nested, `${parent}${name}.`) : [])]
  })

const page = new URL('../../docs/instrumenting.md', import.meta.url)

/** docs/instrumenting.md with the table of today. */
export const instrumentingPage = (): string =>
  readFileSync(page, 'utf8').replace(
    /(<!-- prettier-ignore-start -->\n)[^]*?(<!-- prettier-ignore-end -->)/,
    (_, begin: string, end: string) =>
      `${begin}${['| option | type | default | what |', '| --- | --- | --- | --- |', ...tableRows(optionTable)].join('\n')}\n${end}`,
  )
