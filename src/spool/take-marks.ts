import { openNew, removeFile } from '../machine/write-file.ts'
import { fs } from '../machine/node.ts'
import { decodeLines } from '../otlp/decode.ts'
import { type Batch, encodeLine, joinResources } from '../otlp/encode.ts'
import type { CustomRule } from '../schema/custom.ts'
import type { SanitizedSpan } from '../schema/sanitize.ts'
import { completeLines, readText } from './lines.ts'
import { nextPart, reportName, type SpoolName, temporary } from './name.ts'
import { formatOwner, thisProcess } from './owner.ts'
import { writeAt } from './write-at.ts'
import { maxFileBytes } from './writer.ts'

const { closeSync, lstatSync, renameSync } = fs

/** The most spans in a line, because a destination that refuses a line refuses all spans of it. */
const maxSpans = 100

export interface TakeOver {
  /** Ids of the operations that are in the run's file. They have ended, so their marks are ignored. */
  readonly ended: ReadonlySet<string>
  readonly custom: CustomRule
}

/** Lines of up to a hundred spans that share one resource. A line for each span would repeat the resource. */
const linesOf = (batches: readonly Batch[]): string[] => {
  const groups: { readonly resource: Batch['resource']; readonly spans: SanitizedSpan[] }[] = []
  for (const { resource, spans } of batches) {
    const last = groups.at(-1)
    if (last?.resource === resource && last.spans.length < maxSpans) last.spans.push(...spans)
    else groups.push({ resource, spans: [...spans] })
  }
  return groups.map(encodeLine)
}

/** Joins lines to texts up to the size of a spool file. */
const filesOf = (lines: readonly string[]): string[] => {
  const files: string[] = []
  for (const line of lines) {
    const last = files.at(-1)
    if (last === undefined || last.length >= maxFileBytes) files.push(line)
    else files[files.length - 1] = last + line
  }
  return files
}

/**
 * Creates or replaces a file atomically. Its temporary name contains this process, so that a later drain recognises a
 * leftover.
 */
const replaceFile = (pathOf: PathOf, name: SpoolName, text: string): void => {
  const path = `${pathOf({ ...name, state: `claim-${formatOwner(thisProcess())}` })}${temporary}`
  const descriptor = openNew(path)
  try {
    writeAt(descriptor, 0, text)
    renameSync(path, pathOf(name))
  } catch (error) {
    removeFile(path)
    throw error
  } finally {
    closeSync(descriptor)
  }
}

type PathOf = (name: SpoolName) => string

/**
 * Makes files that can be sent from the marks of a killed run: a report for each operation that had not ended. The file
 * names follow from the marks, which are removed last, so a drain that replaces a killed one writes the same files.
 * Throws if the disk cannot be written.
 */
export const takeMarks = (marks: SpoolName, pathOf: PathOf, { ended, custom }: TakeOver): void => {
  const path = pathOf(marks)
  const batches = decodeLines(joinResources(completeLines(readText(path))), custom)
    .flat()
    .filter(({ spans: [operation] }) => operation !== undefined && !ended.has(operation.spanId))
  let name = reportName(marks, lstatSync(path).mtimeMs)
  for (const text of filesOf(linesOf(batches))) {
    // The name omits the size, so that a repeated take-over finds the same name.
    replaceFile(pathOf, name, text)
    name = nextPart(name, 0)
  }
  removeFile(path)
}
