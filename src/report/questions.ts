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
  crashes: 'Crashes',
  completeness: 'Completeness',
} as const

export type Question = keyof typeof questions

export type Engine = 'duckdb' | 'clickhouse' | 'rudder'

export const sqlOf = (engine: Engine, name: string): string =>
  readFileSync(join(configDirectory, 'analytics', engine, `${name}.sql`), 'utf8')
