import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configDirectory } from './config-directory.ts'

/** The operator's questions with their titles. Each has its SQL in collector-config/analytics/. */
export const questions = {
  'users-by-day': 'Users and invocations by day',
  'users-by-week': 'Users and invocations by week',
  retention: 'Retention by week',
  'users-without-ids': 'Users of tools without ids',
  'retention-without-ids': 'Retention of tools without ids',
  operations: 'Operations',
  exits: 'How commands end',
  resources: 'Resources',
  versions: 'Versions',
  systems: 'Systems and countries',
  callers: 'People, agents and CI',
  crashes: 'Crashes',
  completeness: 'Completeness',
} as const

export type Question = keyof typeof questions

/** How many columns, from the left, say what a row is about. The other columns are counts. */
export const keyColumns: Readonly<Record<Question, number>> = {
  'users-by-day': 2,
  'users-by-week': 2,
  retention: 3,
  'users-without-ids': 3,
  'retention-without-ids': 3,
  operations: 2,
  exits: 4,
  resources: 3,
  versions: 2,
  systems: 4,
  callers: 2,
  crashes: 2,
  completeness: 1,
}

const withoutIds = "No tool here sends runs without ids (identity: 'none')."
const noRun = 'No run in this time. Choose other days by --since and --until.'

/** What an answer without rows means, and how to get rows. */
export const emptyAnswers: Readonly<Record<Question, string>> = {
  'users-by-day': noRun,
  'users-by-week': noRun,
  retention: 'No user is known: the runs are from CI, or carry no id.',
  'users-without-ids': withoutIds,
  'retention-without-ids': withoutIds,
  operations:
    'No operation was recorded. A tool records one by telemetry.operation(), an adapter or cq-telemetry exec.',
  exits: noRun,
  resources: 'No resource was recorded. A tool records one by telemetry.resource() in an operation.',
  versions: noRun,
  systems: noRun,
  callers: noRun,
  crashes: 'No crash was reported.',
  completeness: noRun,
}

export type Engine = 'duckdb' | 'clickhouse' | 'rudder'

export const sqlOf = (engine: Engine, name: string): string =>
  readFileSync(join(configDirectory, 'analytics', engine, `${name}.sql`), 'utf8')
