import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Chosen } from '../../src/report/database.ts'
import { type Question, sqlOf } from '../../src/report/questions.ts'
import { clickhouseRows } from '../support/generated-formats.ts'
import type { GeneratedRun } from '../support/generated.ts'
import { loadChdb } from './install.ts'

/** A real ClickHouse, with the table of the collector's exporter and the views of the questions. */
export interface Clickhouse {
  /** Rows as objects. */
  query(sql: string): Record<string, unknown>[]
  insert(runs: Iterable<GeneratedRun>): void
  /** Since and until are needed: a row is made for each day between them. */
  ask(question: Question, chosen: Chosen): Record<string, unknown>[]
  close(): void
}

const statements = (sql: string): string[] =>
  sql
    .replaceAll(/^\s*--.*$/gm, '')
    .split(';')
    .filter((statement) => statement.trim() !== '')

const seconds = (time: Date | undefined): string => String((time?.getTime() ?? 0) / 1000)

export const startClickhouse = (): Clickhouse => {
  const session = new (loadChdb().Session)()
  const directory = mkdtempSync(join(tmpdir(), 'cq-clickhouse-'))
  const query = (sql: string): Record<string, unknown>[] =>
    session
      .query(sql.replace(/;\s*$/, ''), 'JSONEachRow')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  const run = (sql: string): void => statements(sql).forEach((statement) => session.query(statement))
  // Days are those of UTC wherever the server is.
  session.query("SET session_timezone = 'America/New_York'")
  run(readFileSync(new URL('otel_traces.sql', import.meta.url), 'utf8'))
  run(sqlOf('clickhouse', 'spans'))
  return {
    query,
    insert: (runs) => {
      const file = join(directory, 'rows.jsonl')
      writeFileSync(file, '')
      let text = ''
      const flush = (): void => {
        writeFileSync(file, text, { flag: 'a' })
        text = ''
      }
      for (const row of clickhouseRows(runs)) {
        text += row
        if (text.length > 10_000_000) flush()
      }
      flush()
      session.query(
        `INSERT INTO otel_traces SELECT * FROM file('${file}', JSONEachRow) SETTINGS date_time_input_format = 'best_effort', max_partitions_per_insert_block = 0`,
      )
    },
    ask: (question, { tool = '', since, until }) => {
      session.query(`SET param_tool = '${tool}'`)
      session.query(`SET param_since = '${seconds(since)}'`)
      session.query(`SET param_until = '${seconds(until)}'`)
      return query(sqlOf('clickhouse', question))
    },
    close: () => {
      session.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
