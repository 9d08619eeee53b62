import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api'
import { type Question, questions, sqlOf } from './questions.ts'

/** A database value, converted for display. */
export type Cell = string | number | null

/** The result of one question's SQL. */
export interface Answer {
  readonly question: Question
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

const cellOf = (value: unknown): Cell => {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  // Dates and decimals are objects of DuckDB, whose `toString()` gives their text.
  return typeof value === 'string' ? value : (value as DuckDBValue & object).toString()
}

const quoted = (file: string): string => `'${file.replaceAll("'", "''")}'`

/**
 * Reads files of OTLP lines into an in-memory database and answers each question. `progress` gets the text of each
 * step. Rejects if a file cannot be read, with an error that names it.
 */
export const answers = async (files: readonly string[], progress: (text: string) => void): Promise<Answer[]> => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    progress('reading')
    await connection.run(`SET VARIABLE files = [${files.map(quoted).join(', ')}]`)
    await connection.run(sqlOf('duckdb', 'spans'))
    const all: Answer[] = []
    for (const question of Object.keys(questions) as Question[]) {
      progress(questions[question])
      const result = await connection.runAndReadAll(sqlOf('duckdb', question))
      all.push({ question, columns: result.columnNames(), rows: result.getRows().map((row) => row.map(cellOf)) })
    }
    return all
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
