import { describe, expect, test } from 'vitest'
import { layOut } from '../../src/command/layout.ts'
import type { Answer, Cell } from '../../src/report/database.ts'
import { emptyAnswers, type Question, questions } from '../../src/report/questions.ts'
import { asText } from '../../src/report/terminal.ts'

/** The tables of the command `report`, for terminals of any width and for a pipe. */

const byDay = {
  question: 'users-by-day',
  columns: ['day', 'tool', 'invocations', 'users', 'returning_users', 'ids_seen_once', 'machines', 'ci_sources'],
  rows: Array.from({ length: 9 }, (_, at) => [`2026-11-0${at + 1}`, 'mytool', 10 ** at, at, null, 0, 12, 3]),
} satisfies Answer
const crashes = {
  question: 'crashes',
  columns: ['tool', 'fingerprint', 'error_type', 'first_frame', 'reports', 'users', 'versions'],
  rows: [
    [
      'mytool',
      '0eb127c85a638f3ee189c3d44138bc90ae1d7508',
      'TypeError',
      `mytool/${'long/'.repeat(9)}main.js:1:2`,
      7,
      2,
      '',
    ],
    ['mytool', 'de71aed0c5b3e0a1f5d2a9d6f4a0b6d7c4a8e2f1', 'RangeError', '_OTHER', 12, 10, '1.2.3 1.2.4 1.3.0 1.4.0'],
  ],
} satisfies Answer
const wide = {
  question: 'operations',
  columns: ['tool', 'operation', 'runs'],
  rows: [['mytool', 'x'.repeat(130), 1]],
} satisfies Answer

const shownAt = (answer: Answer, width: number): string[] =>
  layOut(
    asText([answer], width, (text) => text),
    width,
  ).split('\n')
const wordsOf = (lines: readonly string[]): string[] => lines.flatMap((line) => line.split(' ')).filter(Boolean)
const all: readonly Answer[] = [byDay, crashes, wide]

describe.each([40, 60, 80, 120, Infinity])('at %d columns', (width) => {
  test.each(all)('$question fits, and no word is broken or left out', (answer) => {
    const lines = shownAt(answer, width)
    for (const line of lines) expect(line.length <= width || wordsOf([line]).length === 1, line).toBe(true)
    const cells = (answer.rows as readonly (readonly Cell[])[]).flatMap((row) => row.map((cell) => String(cell ?? '')))
    const expected = wordsOf(cells).filter((word) => !wordsOf(lines).includes(word))
    expect(expected).toEqual([])
  })

  test('numbers are aligned with the end of their heading', () => {
    const lines = shownAt(byDay, width)
    const head = lines.find((line) => line.startsWith('day ') && line.includes('invocations')) ?? ''
    const end = head.indexOf('invocations') + 'invocations'.length
    const table = lines.slice(lines.indexOf(head) + 1, lines.indexOf(head) + 10)
    expect(table.map((line) => Number(line.slice(0, end).split(' ').at(-1)))).toEqual(
      byDay.rows.map(([, , count]) => count),
    )
  })
})

test('output to a pipe is one table with all columns', () => {
  const [, head = '', ...rows] = shownAt(byDay, Infinity)
  expect(head.split(/ +/)).toEqual(byDay.columns)
  expect(rows.filter(Boolean)).toHaveLength(9)
})

test.each<[number, string | undefined]>([
  [20, undefined],
  [21, '… 1 earlier row: --json prints all'],
  [30, '… 10 earlier rows: --json prints all'],
])('of %i days the last twenty are shown', (count, says) => {
  const rows = Array.from({ length: count }, (_, at) => [`day-${at}`, 'mytool', at])
  const lines = shownAt({ question: 'users-by-day', columns: ['day', 'tool', 'users'], rows }, 80).filter(Boolean)
  expect(lines.filter((line) => line.startsWith('day-'))).toHaveLength(Math.min(count, 20))
  expect(lines.at(-1)).toBe(says ?? `day-19  mytool     19`)
})

test.each(Object.keys(questions) as Question[])('%s explains an answer without rows', (question) => {
  const lines = shownAt({ question, columns: [], rows: [] }, 80)
  expect(lines.slice(0, 2)).toEqual([questions[question], expect.stringMatching(/^ {2}[A-Z].+/)])
  expect(lines.join(' ')).toContain(emptyAnswers[question].split(' ').at(-1))
  expect(emptyAnswers[question]).toMatch(/\.$/)
})
