import { proseWidthOf } from '../inspect/paint.ts'
import { wrap } from '../machine/wrap.ts'

/** Breaks texts at the width of the terminal, so that the terminal does not break them in the middle of a word. */

/** A description that would get fewer columns than this begins on a line of its own. */
const minDescription = 24

const lengthOf = (text: string): number => Array.from(text).length

/**
 * Breaks a line at `width` columns. Text in a second column stays in that column. A shell command continues after a
 * backslash.
 */
const layOutLine = (line: string, width: number): string[] => {
  if (lengthOf(line) <= width) return [line]
  const [indent = ''] = /^ */.exec(line) ?? []
  if (/^ *\$ /.test(line)) {
    const lines = wrap(line.trimStart(), width - indent.length - 2, '    ')
    return lines.map((each, at) => `${indent}${each}${at < lines.length - 1 ? ' \\' : ''}`)
  }
  const gap = /\S {2,}(?=\S)/.exec(line)
  if (!gap) return wrap(line.trimStart(), width - indent.length).map((each) => indent + each)
  const [term, text] = [line.slice(0, gap.index + 1), line.slice(gap.index + gap[0].length)]
  const column = line.length - text.length
  const longest = Math.max(...text.split(' ').map(lengthOf))
  if (width - column >= Math.max(minDescription, longest))
    return wrap(text, width - column).map((each, at) => (at === 0 ? line.slice(0, column) : ' '.repeat(column)) + each)
  const below = `${indent}    `
  return [
    ...wrap(term.trimStart(), width - indent.length, '    ').map((each) => indent + each),
    ...wrap(text, width - below.length).map((each) => below + each),
  ]
}

/** Breaks lines at `width` columns. `Infinity` leaves them unchanged. */
export const layOut = (text: string, width: number): string =>
  text
    .split('\n')
    .flatMap((line) => layOutLine(line, width))
    .join('\n')

/** Breaks lines for standard output, if it is a terminal. */
export const forStdout = (text: string): string => layOut(text, proseWidthOf(process.stdout))

/** Breaks lines for standard error, if it is a terminal. */
export const forStderr = (text: string): string => layOut(text, proseWidthOf(process.stderr))
