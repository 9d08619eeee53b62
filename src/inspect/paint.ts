import { styleText } from '../machine/node.ts'

export { escapeControls } from '../machine/visible.ts'
export { fit } from '../machine/wrap.ts'

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
  readonly blue: Style
  readonly magenta: Style
}

interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** As Node does: FORCE_COLOR goes before NO_COLOR, and 0 forces that there are none. */
const wantsColours = (stream: Stream, env: NodeJS.ProcessEnv): boolean => {
  const forced = env['FORCE_COLOR']
  if (forced) return forced !== '0' && forced !== 'false'
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}

/** Colours on a terminal only, unless FORCE_COLOR or NO_COLOR says otherwise. */
export const paintFor = (stream: Stream, env = process.env): Paint => {
  const isColorSupported = wantsColours(stream, env)
  const style = (format: Parameters<typeof styleText>[0]): Style =>
    isColorSupported
      ? (text) => (text === '' ? '' : styleText(format, text, { validateStream: false }))
      : (text) => text
  return {
    isColorSupported,
    bold: style('bold'),
    dim: style('dim'),
    red: style('red'),
    cyan: style('cyan'),
    green: style('green'),
    yellow: style('yellow'),
    blue: style('blue'),
    magenta: style('magenta'),
  }
}

/** Columns for a stream that has none: a file or a pipe. */
const defaultWidth = 100

const hasWidth = ({ columns }: Stream): boolean => columns !== undefined && columns > 0

export const widthOf = (stream: Stream): number => (hasWidth(stream) ? (stream.columns ?? 0) : defaultWidth)

/** Columns after which sentences are wrapped: programs that read a file or a pipe want them whole. */
export const proseWidthOf = (stream: Stream): number => (hasWidth(stream) ? (stream.columns ?? 0) : Infinity)
