import type pg from 'pg'

export type Row = Record<string, unknown>

/** What a table may read from. */
export interface Source {
  /** The connected server. */
  readonly pool: pg.Pool
  readonly signal: AbortSignal
}

export interface Table {
  readonly name: string
  /** PostgreSQL's types by column. */
  readonly columns: Readonly<Record<string, string>>
  rows(source: Source): Promise<readonly Row[]>
}

export interface Provider {
  readonly name: 'postgres' | 'host'
  readonly version: string
  readonly tables: readonly Table[]
}
