import type { Answer, Cell } from './database.ts'
import { chartOf } from './charts.ts'
import { escapeHtml, pageOf } from './html.ts'
import { emptyAnswers, questions } from './questions.ts'

const cell = (value: Cell): string =>
  typeof value === 'number'
    ? `<td class="number">${value.toLocaleString('en')}</td>`
    : `<td>${escapeHtml(value ?? '')}</td>`

const table = ({ question, columns, rows }: Answer): string =>
  `<table><caption>${escapeHtml(questions[question])}</caption><thead><tr>${columns.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('')}</tr></thead>` +
  `<tbody>${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}</tbody></table>`

const section = (answer: Answer): string => {
  const title = escapeHtml(questions[answer.question])
  const chart = chartOf(answer)
  return `<section id="${answer.question}"><h2>${title}</h2>${
    // Hidden from screen readers, because the table has the same numbers.
    chart === undefined ? '' : `<figure aria-hidden="true">${chart}</figure>`
  }${answer.rows.length === 0 ? `<p>${escapeHtml(emptyAnswers[answer.question])}</p>` : table(answer)}</section>`
}

/** The answers as an HTML page with charts. */
export const asPage = (answers: readonly Answer[], made: Date): string =>
  pageOf(
    'Usage report',
    `Made on ${made.toISOString().slice(0, 10)}. docs/analytics.md of cq-telemetry says what the columns mean, and what the numbers cannot tell.`,
    answers.map(section),
  )
