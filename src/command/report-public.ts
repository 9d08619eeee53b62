import type { Cell } from '../report/database.ts'
import { type Counted, type Part, parts, publish } from '../report/public.ts'
import { asMarkdown, type Publication } from '../report/public-text.ts'
import { appName } from '../schema/shapes.ts'
import { forStdout } from './layout.ts'
import { print, UsageError } from './setting.ts'

/** `report --public`: what a project may publish about a month. */

export interface PublicOptions {
  readonly json?: boolean
  readonly tool?: string | undefined
  readonly k?: string
  /** As YYYY-MM. */
  readonly month?: string
}

/** Milliseconds after which a month is complete. What was recorded offline is still sent for a month. */
const lateMs = 32 * 86_400_000

const kOf = (text = '20'): number => {
  const k = Number(text)
  if (Number.isSafeInteger(k) && k >= 5 && k <= 1_000_000) return k
  throw new UsageError('--k must be a whole number from 5 to 1000000')
}

const monthOf = (time: Date): string => time.toISOString().slice(0, 7)
const beginOf = (month: string): Date => new Date(`${month}-01T00:00:00Z`)
const next = (month: string): Date => {
  const begin = beginOf(month)
  return new Date(Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + 1))
}

/** The month before the one that contains `time`. */
const before = (time: Date): string => monthOf(new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() - 1)))

/**
 * The given month, or the last complete one. The numbers of a complete month no longer change, so it is published once.
 */
const chosenMonth = ({ month }: PublicOptions, now: number): string => {
  const last = before(new Date(now - lateMs))
  if (month === undefined) return last
  if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(month)) throw new UsageError('--month must be a month such as 2026-10')
  if (month > last)
    throw new UsageError(
      `--month ${month} is not complete: what was recorded offline may arrive until ${new Date(next(month).getTime() + lateMs).toISOString().slice(0, 10)}`,
    )
  return month
}

const countedOf = (rows: readonly (readonly Cell[])[], tool: string): Counted => {
  const groupsOf = (part: Part | 'users') =>
    rows
      .filter((row) => row[0] === tool && row[1] === part)
      .map((row) => ({ name: String(row[2] ?? ''), users: Number(row[3]) }))
  return {
    users: groupsOf('users')[0]?.users ?? 0,
    groups: Object.fromEntries(parts.map((part) => [part, groupsOf(part)])) as unknown as Counted['groups'],
  }
}

const toolIn = (rows: readonly (readonly Cell[])[], { tool }: PublicOptions): string | undefined => {
  const tools = [...new Set(rows.map((row) => String(row[0])))]
  if (tool === undefined && tools.length > 1)
    throw new UsageError('these files have runs of several tools: choose one by --tool')
  return tool ?? tools[0]
}

/**
 * Prints what may be published about a month of these files, counted by `count`, and returns it. Throws an error if
 * there are too few users, or several tools.
 */
export const publicReport = async (
  options: PublicOptions,
  count: (chosen: { since: Date; until: Date; tool: string | undefined }) => Promise<readonly (readonly Cell[])[]>,
  now = Date.now(),
): Promise<Publication> => {
  const k = kOf(options.k)
  const month = chosenMonth(options, now)
  if (options.tool !== undefined && !appName().accepts(options.tool))
    throw new UsageError('--tool must be the name of a tool in lower-case letters, such as "mytool"')
  const rows = await count({ since: beginOf(month), until: next(month), tool: options.tool })
  const tool = toolIn(rows, options)
  const published = tool === undefined ? undefined : publish(countedOf(rows, tool), k)
  if (tool === undefined || !published)
    throw new Error(`there are fewer than ${k} users in ${month}, so nothing is published: choose another --month`)
  const publication: Publication = { tool, month, k, ...published }
  print(options.json, publication, () => forStdout(asMarkdown(publication)))
  return publication
}
