import { escapeControls } from '../machine/visible.ts'
import { filesAt } from '../report/files.ts'
import { type Fault, faultsIn } from '../symbolicate/crashes.ts'
import { Symbolicator } from '../symbolicate/frames.ts'
import { releaseAt } from '../symbolicate/release.ts'
import { asIssue, asJson, asText, type Shown } from '../symbolicate/text.ts'
import { forStdout } from './layout.ts'
import { type Json, print, say } from './setting.ts'

/** The command `symbolicate`: shows crash reports by fault, with the lines of the source. */

export interface SymbolicateOptions extends Json {
  readonly release?: readonly string[]
  readonly issue?: boolean
  /** The first digits of the fingerprint. */
  readonly fingerprint?: string
}

/** The most faults that are printed as text. */
const maxShown = 20

const chosen = (faults: readonly Fault[], { fingerprint, issue }: SymbolicateOptions): readonly Fault[] => {
  if (faults.length === 0)
    throw new Error('there is no crash report in these files: nothing has crashed, or the tool sends no crash reports')
  const found = faults.filter((fault) => fault.fingerprint.startsWith(fingerprint ?? ''))
  if (found.length === 0)
    throw new Error(
      `there is no crash whose fingerprint begins with ${String(fingerprint)}: leave --fingerprint out to see them all`,
    )
  return issue ? found.slice(0, 1) : found
}

const asLines = (shown: readonly Shown[], issue = false): string => {
  const [first] = shown
  if (issue && first) return asIssue(first)
  const more = shown.length - maxShown
  const text = asText(shown.slice(0, maxShown))
  return more > 0 ? `${text}\n\n… ${more} more ${more === 1 ? 'fault' : 'faults'}: --json prints all` : text
}

/** Runs the command. Throws an error that names a file or a release that cannot be read. */
export const symbolicate = async (files: readonly string[], options: SymbolicateOptions): Promise<void> => {
  const symbolicator = new Symbolicator((options.release ?? []).map(releaseAt))
  const faults = await faultsIn(files.flatMap((file) => (file === '-' ? [file] : filesAt(file))))
  const shown = chosen(faults, options).map((fault) => {
    const crash = symbolicator.reportFor(fault)
    return { fault, crash, frames: symbolicator.framesOf(crash) }
  })
  print(options.json, shown.map(asJson), () => forStdout(asLines(shown, options.issue)))
  for (const problem of symbolicator.problems) say(`symbolicate: ${escapeControls(problem)}`)
}
