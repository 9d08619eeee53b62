import { writeFileSync } from 'node:fs'
import { paintFor, proseWidthOf } from '../inspect/paint.ts'
import type { Answer, Chosen } from '../report/database.ts'
import { filesAt } from '../report/files.ts'
import { escapeControls, showBusy } from '../machine/visible.ts'
import { appName } from '../schema/shapes.ts'
import { forStdout } from './layout.ts'
import { type Json, print, say, UsageError } from './setting.ts'

/** The command `report`: answers the questions of docs/analytics.md from files that a collector has written. */

export interface ReportOptions extends Json {
  readonly html?: string
  /** The only tool to count. */
  readonly tool?: string | undefined
  /** The first and the last day to count, as YYYY-MM-DD in UTC. */
  readonly since?: string
  readonly until?: string
  /** Prints only what may be published about a month: groups of at least `k` users. */
  readonly public?: boolean
  readonly k?: string
  readonly month?: string
}

const dayMs = 86_400_000

/** The beginning of a day in UTC. Throws a UsageError that names the option. */
const dayOf = (option: string, text: string): Date => {
  const day = new Date(`${text}T00:00:00Z`)
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) return day
  throw new UsageError(`${option} must be a day such as 2026-11-30`)
}

const chosenBy = ({ tool, since, until }: ReportOptions, now: number): Chosen => {
  if (tool !== undefined && !appName().accepts(tool))
    throw new UsageError('--tool must be the name of a tool in lower-case letters, such as "mytool"')
  const end = until === undefined ? Number.NaN : dayOf('--until', until).getTime() + dayMs
  return {
    tool,
    since: since === undefined ? undefined : dayOf('--since', since),
    // Future days would be rows of zeros.
    until: end < now ? new Date(end) : undefined,
  }
}

const progress = (text: string): void => showBusy(text === '' ? '' : `${text} …`)

const write = (file: string, text: string): void => {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new Error(`${file} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'no code'})`, {
      cause: error,
    })
  }
}

const writePage = (file: string, text: string): void => {
  write(file, text)
  say(`report: written to ${escapeControls(file)}`)
}

/** DuckDB is an optional peer, because it takes 60 MB that only this command needs. */
const loadDatabase = async () => {
  try {
    return await import('../report/database.ts')
  } catch (error) {
    throw new Error('counting needs DuckDB: npm install @duckdb/node-api', { cause: error })
  }
}

const answersTo = async (files: readonly string[], chosen: Chosen): Promise<Answer[]> => {
  const { answers } = await loadDatabase()
  try {
    return await answers(files, progress, chosen)
  } finally {
    progress('')
  }
}

const publish = async (files: readonly string[], options: ReportOptions): Promise<void> => {
  const { html, since, until } = options
  if (since !== undefined || until !== undefined)
    throw new UsageError('--public goes with --month, and without --since and --until')
  const { publicReport } = await import('./report-public.ts')
  const { groupsOf } = await loadDatabase()
  const publication = await publicReport(options, (chosen) =>
    groupsOf(files, progress, chosen).finally(() => progress('')),
  )
  if (html !== undefined) writePage(html, (await import('../report/public-text.ts')).asPublicPage(publication))
}

/** The message if there are no runs, with a remedy. */
const noRun = ({ tool, since, until }: Chosen): string => {
  const isPeriod = since !== undefined || until !== undefined
  const options = [...(tool === undefined ? [] : ['--tool']), ...(isPeriod ? ['--since and --until'] : [])]
  const remedy =
    options.length > 0
      ? `leave out ${options.join(', ')} to see what there is`
      : 'give files that a collector has written, or those of a spool'
  return `there is no run of ${tool ?? 'a tool'} in these files${isPeriod ? ' in this time' : ''}: ${remedy}`
}

/** Escapes the texts of an answer, which come from the files. */
const visible = (answer: Answer): Answer => ({
  ...answer,
  rows: answer.rows.map((row) => row.map((cell) => (typeof cell === 'string' ? escapeControls(cell) : cell))),
})

/** Runs the command. Throws an error that names a file that cannot be read or written. */
export const report = async (patterns: readonly string[], options: ReportOptions): Promise<void> => {
  const { html, json } = options
  if (options.public) return publish(patterns.flatMap(filesAt), options)
  const chosen = chosenBy(options, Date.now())
  const all = await answersTo(patterns.flatMap(filesAt), chosen)
  if (all.every(({ question, rows }) => question === 'completeness' || rows.length === 0)) {
    throw new Error(noRun(chosen))
  }
  const { asText } = await import('../report/terminal.ts')
  const { bold } = paintFor(process.stdout)
  print(
    json,
    all.map(({ question, columns, rows }) => ({ question, columns, rows })),
    () => forStdout(asText(all.map(visible), proseWidthOf(process.stdout), bold)),
  )
  if (html !== undefined) writePage(html, (await import('../report/page.ts')).asPage(all, new Date()))
}
