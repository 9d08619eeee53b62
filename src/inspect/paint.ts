import { styleText } from '../machine/node.ts'

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
export const paintFor = (stream: Stream, env = process.env): Paint => {
  const isColorSupported = stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  const style = (format: Parameters<typeof styleText>[0]): Style =>
    isColorSupported ? (text) => styleText(format, text, { validateStream: false }) : (text) => text
  return {
    isColorSupported,
    bold: style('bold'),
    dim: style('dim'),
    red: style('red'),
    cyan: style('cyan'),
    green: style('green'),
    yellow: style('yellow'),
  }
}

/** Columns for a stream that has none: a file or a pipe. */
const defaultWidth = 100

export const widthOf = ({ columns }: Stream): number => (columns !== undefined && columns > 0 ? columns : defaultWidth)

/** Truncates or pads to `width` columns. Assumes one column per character. */
export const fit = (text: string, width: number): string => {
  const characters = Array.from(text)
  return characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : text.padEnd(width)
}
