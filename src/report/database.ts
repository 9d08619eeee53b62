import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
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
 * The path in a form that DuckDB takes literally. An absolute path is no URL, even if a folder is called `http:`, and a
 * pattern character in brackets stands for itself.
 */
const literal = (file: string): string => resolve(file).replaceAll(/[*?[]/g, (character) => `[${character}]`)

const listOf = (texts: readonly string[]): string => `[${texts.map(quoted).join(', ')}]`

/** The selection that is counted. */
export interface Chosen {
  /** The only tool that is counted. Without it, all tools, each in rows of its own. */
  readonly tool?: string | undefined
  /** The first moment that is counted. */
  readonly since?: Date | undefined
  /** The first moment after the selection. */
  readonly until?: Date | undefined
}

/** DuckDB without extensions, and so without network access. What does not fit into memory goes to the directory. */
const engine = (directory: string) => ({
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  memory_limit: '512MB',
  temp_directory: directory,
  preserve_insertion_order: 'false',
  // Each thread reads lines of up to 64 MB into buffers of its own.
  threads: '2',
})

const timestamp = (time: Date): string => `TIMESTAMP ${quoted(time.toISOString().replace('Z', ''))}`

const choose = async (connection: DuckDBConnection, { tool, since, until }: Chosen): Promise<void> => {
  const values = { tool: tool && quoted(tool), since: since && timestamp(since), until: until && timestamp(until) }
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) await connection.run(`SET VARIABLE ${name} = ${value}`)
}

/** Restricts DuckDB for good: from here on it reads only these files and writes none. */
const restrict = async (connection: DuckDBConnection, files: readonly string[]): Promise<void> => {
  await connection.run(`SET allowed_paths = ${listOf([...files.map((file) => resolve(file)), ...files.map(literal)])}`)
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
}

const ask = async (connection: DuckDBConnection, question: Question): Promise<Answer> => {
  const result = await connection.runAndReadAll(sqlOf('duckdb', question))
  return { question, columns: result.columnNames(), rows: result.getRows().map((row) => row.map(cellOf)) }
}

/** A temporary directory that exists while `use` runs. */
const withDirectory = async <T>(use: (directory: string) => Promise<T>): Promise<T> => {
  const directory = mkdtempSync(join(tmpdir(), 'cq-report-'))
  try {
    return await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const withConnection = <T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> =>
  withDirectory(async (directory) => {
    const instance = await DuckDBInstance.create(':memory:', engine(directory))
    const connection = await instance.connect()
    try {
      return await use(connection)
    } finally {
      connection.closeSync()
      instance.closeSync()
    }
  })

/** Reads files of OTLP lines into a database in memory; beyond 512 MB it uses a temporary directory. */
const withSpans = <T>(
  files: readonly string[],
  progress: (text: string) => void,
  chosen: Chosen,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> =>
  withConnection(async (connection) => {
    progress('reading')
    await restrict(connection, files)
    await connection.run(`SET VARIABLE files = ${listOf(files.map(literal))}`)
    await choose(connection, chosen)
    await connection.run(sqlOf('duckdb', 'spans'))
    return use(connection)
  })

/** The users of each group of each tool, for `report --public`. Rejects as `answers` does. */
export const groupsOf = (
  files: readonly string[],
  progress: (text: string) => void,
  chosen: Chosen,
): Promise<readonly (readonly Cell[])[]> =>
  withSpans(files, progress, chosen, async (connection) => {
    progress('counting')
    const result = await connection.runAndReadAll(sqlOf('duckdb', 'public'))
    return result.getRows().map((row) => row.map(cellOf))
  })

/**
 * Answers each question about files of OTLP lines. `progress` gets the text of each step. Rejects if a file cannot be
 * read, with an error that names it.
 */
export const answers = (
  files: readonly string[],
  progress: (text: string) => void,
  chosen: Chosen = {},
): Promise<Answer[]> =>
  withSpans(files, progress, chosen, async (connection) => {
    const all: Answer[] = []
    for (const question of Object.keys(questions) as Question[]) {
      progress(questions[question])
      all.push(await ask(connection, question))
    }
    return all
  })
