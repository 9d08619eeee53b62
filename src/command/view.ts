import { existsSync, mkdtempSync, readSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { escapeControls, paintFor, widthOf } from '../inspect/paint.ts'
import { asPage } from '../inspect/page.ts'
import { pageData } from '../inspect/page-data.ts'
import { runsIn, type ViewRun } from '../inspect/runs.ts'
import { asText } from '../inspect/text.ts'
import { readFile, statOf } from '../machine/read-file.ts'
import { parseName } from '../spool/name.ts'
import { forStdout } from './layout.ts'
import { locate, type Json, print, say, type Setting } from './setting.ts'
import { spoolFiles } from './waiting.ts'
import { why } from './why.ts'

/** The command `view`: shows an inspect log, the spool or a collector's file in the terminal or as an HTML page. */

export interface ViewOptions extends Json {
  readonly html?: string
  readonly open?: boolean
  readonly all?: boolean
  readonly spool?: boolean
}

/** Limit for all files together, which are held in memory. */
const maxBytes = 256_000_000

const tooMuch = (): Error => new Error(`there is more than ${maxBytes / 1e6} MB: give a part of it`)

/** Reads standard input to its end, which may never come. */
const readStandardInput = (): string => {
  const chunks: Buffer[] = []
  const chunk = Buffer.alloc(65_536)
  for (let all = 0; ;) {
    const length = readSync(0, chunk)
    if (length === 0) return Buffer.concat(chunks).toString('utf8')
    all += length
    if (all > maxBytes) throw tooMuch()
    chunks.push(Buffer.from(chunk.subarray(0, length)))
  }
}

const titleOf = (file: string): string => (file === '-' ? 'standard input' : file)

const read = (file: string): string => {
  try {
    return file === '-' ? readStandardInput() : readFile(file, maxBytes).toString('utf8')
  } catch (error) {
    throw new Error(`${titleOf(file)} ${why('read', error)}`, { cause: error })
  }
}

const sizeOf = (file: string): number => statOf(file)?.size ?? 0

const readAll = (files: readonly string[]): string => {
  const bytes = files.reduce((sum, file) => sum + (file === '-' ? 0 : sizeOf(file)), 0)
  if (bytes > maxBytes) throw tooMuch()
  return files.map(read).join('\n')
}

interface Source {
  readonly name: string
  readonly files: readonly string[]
  /** What happens to these spans; empty if that is not known, or if an inspect log says it itself. */
  readonly verdict: string
}

/** The named file; without one, the inspect log if it exists, otherwise the spool. */
const sourceOf = (setting: Setting, file: string | undefined, { spool }: ViewOptions): Source => {
  const log = setting.logFile
  if (file !== undefined) return { name: titleOf(file), files: [file], verdict: destinationsIn(file) ? waits : '' }
  if (!spool && existsSync(log)) return { name: log, files: [log], verdict: '' }
  const files = spoolFiles(locate(setting).files.spool)
  if (files.length > 0) return { name: 'the spool', files, verdict: waits }
  throw new Error(
    spool
      ? 'nothing waits to be sent: run the tool with --inspect-telemetry to see what it records'
      : `nothing was recorded here: run the tool with --inspect-telemetry first, which writes ${log}, or name a file`,
  )
}

const waits = 'waits to be sent'

/** The destinations in the name of a file of the spool; undefined for any other file. */
const destinationsIn = (file: string): readonly string[] | undefined => parseName(basename(file))?.destinations

/**
 * Whether the tool sends to RudderStack, according to the names of the spool's files or the tool's own options.
 * Undefined for the file of an unknown tool.
 */
const sendsToRudder = (setting: Setting, files: readonly string[]): boolean | undefined => {
  const names = files.flatMap((file) => destinationsIn(file) ?? [])
  if (files.some((file) => destinationsIn(file))) return names.includes('rudder')
  return setting.options && setting.options.rudder !== undefined
}

const openPage = async (file: string): Promise<void> => {
  const { default: open } = await import('open')
  // Opening may fail without a desktop. The page has been written and its path printed, so this is no error.
  await open(file).catch(() => undefined)
}

const asLines = (runs: readonly ViewRun[]): string => {
  const look = { width: widthOf(process.stdout), paint: paintFor(process.stdout) }
  return runs
    .map(({ traceId, ...run }) => [look.paint.dim(`trace ${escapeControls(traceId)}`), ...asText(run, look)].join('\n'))
    .join('\n\n')
}

const writePage = (file: string, page: string): void => {
  try {
    writeFileSync(file, page, { mode: 0o600 })
  } catch (error) {
    throw new Error(`${file} ${why('written', error)}`, { cause: error })
  }
}

/** The most spans of a page. A browser would take seconds to open a page with more. */
const maxPageSpans = 50_000

/** The newest runs within that limit, at least one. */
const newestForPage = (runs: readonly ViewRun[]): readonly ViewRun[] => {
  let spans = 0
  const first = runs.findLastIndex((run, index) => {
    spans += run.spans.length
    return spans > maxPageSpans && index < runs.length - 1
  })
  return runs.slice(first + 1)
}

/** Runs the command. Throws an error that names the file if it has no spans or cannot be read. */
export const view = async (setting: Setting, file: string | undefined, options: ViewOptions): Promise<void> => {
  const { name, files, verdict } = sourceOf(setting, file, options)
  const rudder = sendsToRudder(setting, files)
  const all = runsIn(readAll(files), { ...(rudder !== undefined && { rudder }) })
  if (all.length === 0)
    throw new Error(
      `there is no span in ${name}: give a log of --inspect-telemetry, or a file with a line of OTLP in JSON for each request`,
    )
  const runs = options.all || options.html !== undefined || options.open ? all : all.slice(-1)
  if (options.html === undefined && !options.open) {
    const more = all.length - runs.length
    print(options.json, runs, () => asLines(runs))
    if (more > 0 && !options.json)
      say(`This is the last of ${all.length} runs. Use --all to see each, or --open to see them in a browser.`)
    return
  }
  const page = options.html ?? join(mkdtempSync(join(tmpdir(), 'telemetry-')), 'telemetry.html')
  const shown = newestForPage(runs)
  writePage(page, asPage(pageData(shown, name, verdict, new Date())))
  print(options.json, { html: page, runs: shown.length }, () => forStdout(`Written to ${escapeControls(page)}`))
  if (shown.length < runs.length && !options.json)
    say(`The page holds the last ${shown.length} of ${runs.length} runs.`)
  if (options.open) await openPage(page)
}
