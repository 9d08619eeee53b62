import type { Provider, Table } from './provider.ts'

/** What the connected server tells of itself. */

const table = (name: string, columns: Table['columns'], sql: string): Table => ({
  name: `postgres_${name}`,
  columns,
  rows: async ({ pool }) => (await pool.query<Record<string, unknown>>(sql)).rows,
})

const ownSchemas = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"

export const postgres: Provider = {
  name: 'postgres',
  version: 'v1.0.0',
  tables: [
    table(
      'databases',
      { name: 'text', owner: 'text', encoding: 'text', connection_limit: 'int', size: 'bigint' },
      `SELECT datname AS name, pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding,
        datconnlimit AS connection_limit, pg_database_size(oid) AS size FROM pg_database`,
    ),
    table(
      'schemas',
      { name: 'text', owner: 'text' },
      'SELECT nspname AS name, pg_get_userbyid(nspowner) AS owner FROM pg_namespace',
    ),
    table(
      'tables',
      { schema: 'text', name: 'text', owner: 'text', rows_estimate: 'bigint', has_primary_key: 'boolean' },
      `SELECT n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner) AS owner,
        c.reltuples::bigint AS rows_estimate,
        EXISTS (SELECT 1 FROM pg_constraint p WHERE p.conrelid = c.oid AND p.contype = 'p') AS has_primary_key
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND ${ownSchemas}`,
    ),
    table(
      'columns',
      { schema: 'text', table: 'text', name: 'text', type: 'text', nullable: 'boolean' },
      `SELECT n.nspname AS schema, c.relname AS "table", a.attname AS name,
        format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v')`,
    ),
    table(
      'indexes',
      { schema: 'text', table: 'text', name: 'text', definition: 'text' },
      'SELECT schemaname AS schema, tablename AS "table", indexname AS name, indexdef AS definition FROM pg_indexes',
    ),
    table(
      'constraints',
      { schema: 'text', table: 'text', name: 'text', type: 'text' },
      `SELECT n.nspname AS schema, c.relname AS "table", p.conname AS name, p.contype::text AS type
        FROM pg_constraint p JOIN pg_class c ON c.oid = p.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace`,
    ),
    table(
      'roles',
      { name: 'text', superuser: 'boolean', can_login: 'boolean', create_db: 'boolean', valid_until: 'timestamptz' },
      `SELECT rolname AS name, rolsuper AS superuser, rolcanlogin AS can_login, rolcreatedb AS create_db,
        rolvaliduntil AS valid_until FROM pg_roles`,
    ),
    table(
      'settings',
      { name: 'text', value: 'text', source: 'text' },
      'SELECT name, setting AS value, source FROM pg_settings',
    ),
    table(
      'extensions',
      { name: 'text', version: 'text' },
      'SELECT extname AS name, extversion AS version FROM pg_extension',
    ),
    table(
      'activity',
      { pid: 'int', user: 'text', state: 'text', started: 'timestamptz' },
      'SELECT pid, usename AS "user", state, backend_start AS started FROM pg_stat_activity',
    ),
  ],
}
