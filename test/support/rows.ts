import type { Answer } from '../../src/report/database.ts'

/** The rows of an answer as objects. */
export const objectsOf = ({ columns, rows }: Pick<Answer, 'columns' | 'rows'>): Record<string, unknown>[] =>
  rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]])))
