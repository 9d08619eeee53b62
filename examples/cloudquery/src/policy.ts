import { readFileSync } from 'node:fs'
import type { PolicyUnit } from 'cq-telemetry'
import type pg from 'pg'
import { parse } from 'yaml'
import { paint } from './colours.ts'
import type { Database } from './database.ts'
import { Failure } from './failure.ts'

/** A query over the fetched tables that finds what should not be: it passes where it returns no rows. */
export interface Check {
  readonly name: string
  readonly title: string
  readonly query: string
}

export interface Policy {
  readonly name: string
  readonly description: string
  readonly checks: readonly Check[]
}

/** Policies that come with cloudquery; any other is the user's own. */
export const shippedPolicies: readonly string[] = ['postgres-basics']

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''

const readCheck = (file: string, entry: unknown, index: number): Check => {
  const { name, title, query } = (entry ?? {}) as Record<string, unknown>
  if (!isText(name) || !isText(query)) throw new Failure(`${file}: check ${index + 1} needs a "name" and a "query"`)
  return { name, title: isText(title) ? title : name, query }
}

const parseFile = (file: string): unknown => {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Failure(`cannot read the policy ${file}: check the path`, { cause })
  }
  try {
    return parse(text)
  } catch (cause) {
    throw new Failure(`the policy ${file} is not YAML`, { cause })
  }
}

export const loadPolicy = (file: string): Policy => {
  const { name, description, checks } = (parseFile(file) ?? {}) as Record<string, unknown>
  if (!isText(name)) throw new Failure(`${file}: the policy needs a "name"`)
  if (!Array.isArray(checks) || checks.length === 0) throw new Failure(`${file}: the policy needs a list of "checks"`)
  return {
    name,
    description: isText(description) ? description : name,
    checks: checks.map((entry, index) => readCheck(file, entry, index)),
  }
}

/** The policy with one of its checks alone. */
export const select = (policy: Policy, only: string | undefined): Policy => {
  if (only === undefined) return policy
  const checks = policy.checks.filter(({ name }) => name === only)
  if (checks.length > 0) return { ...policy, checks }
  throw new Failure(
    `--only: the policy has no check "${only}"; known are: ${policy.checks.map(({ name }) => name).join(', ')}`,
  )
}

/** Read-only, so that a policy from elsewhere can look and do nothing else. */
const findings = async (client: pg.PoolClient, { name, query }: Check): Promise<number> => {
  await client.query('BEGIN READ ONLY')
  try {
    return (await client.query(query)).rowCount ?? 0
  } catch (cause) {
    const missing = (cause as { code?: string }).code === '42P01'
    throw new Failure(
      missing ? `${name}: a table is missing: run "cloudquery fetch" first` : `${name}: the query fails`,
      { cause },
    )
  } finally {
    await client.query('ROLLBACK')
  }
}

const tell = ({ name, title }: Check, found: number): void => {
  const verdict = found === 0 ? paint('green', 'PASS') : paint('red', 'FAIL')
  console.log(`${verdict}  ${name}: ${title}${found === 0 ? '' : `  (${found} found)`}`)
}

/** Runs each check and tells how it went. Returns how many failed. */
export const runPolicy = async ({ checks }: Policy, { pool }: Database, unit: PolicyUnit): Promise<number> => {
  const client = await pool.connect()
  let failed = 0
  try {
    for (const check of checks) {
      const found = await findings(client, check)
      tell(check, found)
      if (found === 0) continue
      failed += 1
      unit.diagnostic({ severity: 'warning', type: 'user' })
    }
  } finally {
    client.release()
  }
  console.log(`${checks.length - failed} of ${checks.length} checks passed.`)
  return failed
}
