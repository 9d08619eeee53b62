import { writeFileSync } from 'node:fs'
import { paintFor } from '../inspect/paint.ts'
import type { Answer } from '../report/database.ts'
import { filesAt } from '../report/files.ts'
import { escapeControls, showBusy } from '../machine/visible.ts'
import { type Json, print, say } from './setting.ts'

/** The command `report`: answers the questions of docs/analytics.md from files that a collector has written. */

export interface ReportOptions extends Json {
  readonly html?: string
}

const progress = (text: string): void => showBusy(text === '' ? '' : `report: ${text} …`)

const write = (file: string, text: string): void => {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new Error(`${file} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'no code'})`, {
      cause: error,
    })
  }
}

/** DuckDB is an optional peer, because it takes 60 MB that only this command needs. */
const loadDatabase = async () => {
  try {
    return await import('../report/database.ts')
  } catch (error) {
    throw new Error('counting needs DuckDB: npm install @duckdb/node-api', { cause: error })
  }
}

const answersTo = async (files: readonly string[]): Promise<Answer[]> => {
  const { answers } = await loadDatabase()
  try {
    return await answers(files, progress)
  } finally {
    progress('')
  }
}

/** Its texts come from the files. */
const visible = (answer: Answer): Answer => ({
  ...answer,
  rows: answer.rows.map((row) => row.map((cell) => (typeof cell === 'string' ? escapeControls(cell) : cell))),
})

/** Throws an error that names a file that cannot be read or written. */
export const report = async (patterns: readonly string[], { html, json }: ReportOptions): Promise<void> => {
  const all = await answersTo(patterns.flatMap(filesAt))
  if (all.every(({ question, rows }) => question === 'completeness' || rows.length === 0)) {
    throw new Error('there is no run of a tool in these files: give files that a collector has written (to/file.yaml)')
  }
  if (html !== undefined) write(html, (await import('../report/page.ts')).asPage(all, new Date()))
  const { asText } = await import('../report/terminal.ts')
  print(
    json,
    all.map(({ question, columns, rows }) => ({ question, columns, rows })),
    () => asText(all.map(visible), paintFor(process.stdout).isColorSupported),
  )
  if (html !== undefined) say(`report: written to ${escapeControls(html)}`)
}
