import type { Answer, Cell } from './database.ts'
import { chartOf } from './charts.ts'
import { questions } from './questions.ts'

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '')

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
  }${answer.rows.length === 0 ? '<p>Nothing.</p>' : table(answer)}</section>`
}

const style = `:root{color-scheme:light dark;--text:#1c2733;--page:#fff;--line:#d5dde5;--quiet:#5b6b7b}
@media(prefers-color-scheme:dark){:root{--text:#e3e9ef;--page:#12181f;--line:#34414e;--quiet:#9aa9b8}figure{filter:invert(.88) hue-rotate(180deg)}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--page);max-width:960px;margin:2rem auto;padding:0 1rem}
section{border-top:1px solid var(--line);margin-top:2rem}figure{margin:0}figure svg{width:100%;height:auto}
table{border-collapse:collapse;font-size:.9rem;display:block;overflow-x:auto}caption{text-align:left;color:var(--quiet)}
th,td{padding:.2rem .8rem .2rem 0;border-bottom:1px solid var(--line);text-align:left}.number{text-align:right;font-variant-numeric:tabular-nums}`

/** Returns a self-contained HTML page without scripts, which makes no request. */
export const asPage = (answers: readonly Answer[], made: Date): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Usage report</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>${style}</style></head>
<body><h1>Usage report</h1><p>Made on ${made.toISOString().slice(0, 10)}. What the columns mean, and what the numbers cannot tell: docs/analytics.md.</p>
${answers.map(section).join('\n')}
</body></html>
`
