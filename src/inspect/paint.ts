import { createColors } from 'picocolors'

type Style = (text: string) => string

/** Colours, or none. */
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

/** Colours on a terminal alone, and never with NO_COLOR. */
export const paintFor = (stream: Stream, env = process.env): Paint =>
  createColors(stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb')

/** Columns where nobody says how many there are: a file, or a pipe. */
const usualWidth = 100

export const widthOf = ({ columns }: Stream): number => (columns !== undefined && columns > 0 ? columns : usualWidth)

/** Text of a file on a terminal: what could move its cursor, hide something or turn its direction is written out. */
export const visible = (text: string): string =>
  text.replaceAll(/\p{C}|\p{Zl}|\p{Zp}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`)

/** Exactly so many columns wide, for text that has one a character. */
export const fit = (text: string, width: number): string => {
  const characters = Array.from(text)
  return characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : text.padEnd(width)
}
