import { createColors } from 'picocolors'

export { escapeControls } from '../machine/visible.ts'

type Style = (text: string) => string

/** Functions that add ANSI colours to a text, or return it unchanged. */
export interface Paint {
  readonly isColorSupported: boolean
  readonly bold: Style
  readonly dim: Style
  readonly red: Style
  readonly cyan: Style
  readonly green: Style
  readonly yellow: Style
}

interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Colours only on a terminal, and never if NO_COLOR is set. */
export const paintFor = (stream: Stream, env = process.env): Paint =>
  createColors(stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb')

/** Columns for a stream that has none: a file or a pipe. */
const defaultWidth = 100

export const widthOf = ({ columns }: Stream): number => (columns !== undefined && columns > 0 ? columns : defaultWidth)

/** Truncates or pads to `width` columns. Assumes one column per character. */
export const fit = (text: string, width: number): string => {
  const characters = Array.from(text)
  return characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : text.padEnd(width)
}
