import Table from 'cli-table3'
import { styleText } from 'node:util'
import type { Answer } from './database.ts'
import { questions } from './questions.ts'

/** Rows of an answer on the terminal; the HTML page shows all. Of days and weeks these are the last. */
const maxRows = 20
const isOverTime = ({ columns: [first] }: Answer): boolean => first === 'day' || first === 'week'

const noEdges = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
}
const noLines = {
  ...noEdges,
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
}

/** Renders the answers as text tables. `colours` is for a terminal only. */
export const asText = (answers: readonly Answer[], colours: boolean): string =>
  answers
    .map((answer) => {
      const { question, columns, rows } = answer
      const title = colours ? styleText('bold', questions[question]) : questions[question]
      if (rows.length === 0) return `${title}\n  nothing\n`
      const numeric = columns.map((_, index) =>
        rows.every((row) => row[index] === null || typeof row[index] === 'number'),
      )
      const table = new Table({
        head: [...columns],
        chars: { ...noLines, middle: '  ' },
        style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
        colAligns: numeric.map((is) => (is ? 'right' : 'left')),
      })
      const shown = isOverTime(answer) ? rows.slice(-maxRows) : rows.slice(0, maxRows)
      table.push(...shown.map((row) => row.map((cell) => cell ?? '')))
      const left = `… ${rows.length - maxRows} ${isOverTime(answer) ? 'earlier' : 'more'} rows`
      const more = rows.length > maxRows ? `\n${left}` : ''
      return `${title}\n${table.toString()}${more}\n`
    })
    .join('\n')
