import type { Answer } from './database.ts'
import { emptyAnswers, keyColumns, questions } from './questions.ts'

/** The most rows of an answer on the terminal. Of days and weeks it shows the last ones. The HTML page shows all. */
const maxRows = 20
const isOverTime = ({ columns: [first] }: Answer): boolean => first === 'day' || first === 'week'

const gap = '  '
const lengthOf = (text: string): number => Array.from(text).length

interface Column {
  readonly name: string
  readonly cells: readonly string[]
  readonly isNumeric: boolean
  readonly width: number
}

const columnsOf = ({ columns, rows }: Answer): Column[] =>
  columns.map((name, index) => {
    const cells = rows.map((row) => String(row[index] ?? ''))
    return {
      name,
      cells,
      isNumeric: rows.every((row) => row[index] === null || typeof row[index] === 'number'),
      width: Math.max(...[name, ...cells].map(lengthOf)),
    }
  })

const widthOf = (columns: readonly Column[]): number =>
  columns.reduce((sum, { width }) => sum + width + gap.length, -gap.length)

/** Numbers are aligned to the right of their column. */
const padded = ({ isNumeric, width }: Column, text: string): string => {
  const spaces = ' '.repeat(width - lengthOf(text))
  return isNumeric ? spaces + text : text + spaces
}

const tableOf = (columns: readonly Column[]): string => {
  const line = (textOf: (column: Column) => string) =>
    columns
      .map((column) => padded(column, textOf(column)))
      .join(gap)
      .trimEnd()
  const rows = columns[0]?.cells.map((_, at) => line(({ cells }) => cells[at] ?? '')) ?? []
  return [line(({ name }) => name), ...rows].join('\n')
}

/**
 * Splits the columns into tables that fit, each of which begins with the key columns. Undefined if the columns do not
 * fit into one table and the keys would take most of the width, or if a column is too wide.
 */
const tablesOf = (keys: readonly Column[], others: readonly Column[], width: number): Column[][] | undefined => {
  if (widthOf([...keys, ...others]) <= width) return [[...keys, ...others]]
  if (widthOf(keys) > width / 2) return undefined
  const tables: Column[][] = []
  for (const column of others) {
    const last = tables.at(-1)
    if (last && widthOf([...last, column]) <= width) last.push(column)
    else tables.push([...keys, column])
  }
  return tables.every((table) => widthOf(table) <= width) ? tables : undefined
}

/** Each row as a list of its values, one per line. */
const recordsOf = (columns: readonly Column[]): string => {
  const width = Math.max(...columns.map(({ name }) => lengthOf(name)))
  const lineOf = ({ name, cells }: Column, at: number): string => `  ${name.padEnd(width)}  ${cells[at]}`.trimEnd()
  return (columns[0]?.cells ?? []).map((_, at) => columns.map((column) => lineOf(column, at)).join('\n')).join('\n\n')
}

const rowsAsText = (answer: Answer, width: number): string => {
  const columns = columnsOf(answer)
  const keys = keyColumns[answer.question]
  const tables = tablesOf(columns.slice(0, keys), columns.slice(keys), width)
  return tables ? tables.map(tableOf).join('\n\n') : recordsOf(columns)
}

const bodyOf = (answer: Answer, width: number): string => {
  const { question, rows } = answer
  if (rows.length === 0) return `  ${emptyAnswers[question]}`
  const shown = { ...answer, rows: isOverTime(answer) ? rows.slice(-maxRows) : rows.slice(0, maxRows) }
  const left = rows.length - maxRows
  const more = `… ${left} ${isOverTime(answer) ? 'earlier' : 'more'} ${left === 1 ? 'row' : 'rows'}: --json prints all`
  return rowsAsText(shown, width) + (left > 0 ? `\n${more}` : '')
}

/**
 * Renders the answers as tables that fit into `width` columns. If the key columns of an answer take most of the width,
 * the answer becomes a list of values, in which a single value may be wider.
 */
export const asText = (answers: readonly Answer[], width: number, bold: (text: string) => string): string =>
  answers.map((answer) => `${bold(questions[answer.question])}\n${bodyOf(answer, width)}\n`).join('\n')
