import { resolve } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api'
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

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/**
 * A file as DuckDB takes it literally: an absolute path is no URL, even if a folder is called `http:`, and a character of a
 * pattern stands for itself in brackets.
 */
const literal = (file: string): string => resolve(file).replaceAll(/[*?[]/g, (character) => `[${character}]`)

const listOf = (texts: readonly string[]): string => `[${texts.map(quoted).join(', ')}]`

/** Without extensions, and so without the network. */
const engine = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' }

/** From here on DuckDB reads these files and no others, writes none, and this cannot be changed. */
const restrict = async (connection: DuckDBConnection, files: readonly string[]): Promise<void> => {
  await connection.run(`SET allowed_paths = ${listOf([...files.map((file) => resolve(file)), ...files.map(literal)])}`)
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
}

/**
 * Reads files of OTLP lines into an in-memory database and answers each question. `progress` gets the text of each
 * step. Rejects if a file cannot be read, with an error that names it.
 */
export const answers = async (files: readonly string[], progress: (text: string) => void): Promise<Answer[]> => {
  const instance = await DuckDBInstance.create(':memory:', engine)
  const connection = await instance.connect()
  try {
    progress('reading')
    await restrict(connection, files)
    await connection.run(`SET VARIABLE files = ${listOf(files.map(literal))}`)
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
