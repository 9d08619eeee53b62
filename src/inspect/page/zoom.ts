/** The visible part of the time axis, as fractions of the run's duration. */
export interface Window {
  readonly from: number
  readonly to: number
}

export const wholeRun: Window = { from: 0, to: 1 }
/** A millionth of the run; a narrower window is beyond the precision of the browser's layout. */
const minWidth = 1e-6

const clamped = (from: number, width: number): Window => {
  const size = Math.min(1, Math.max(minWidth, width))
  const begin = Math.min(1 - size, Math.max(0, from))
  return { from: begin, to: begin + size }
}

/** A `factor` below 1 zooms in. `at`, from 0 to 1 within the window, is the point that does not move. */
export const zoomed = ({ from, to }: Window, factor: number, at = 0.5): Window => {
  const width = (to - from) * factor
  return clamped(from + (to - from) * at - width * at, width)
}

/** Moves by a fraction of the window's width, to a later time if it is above 0. */
export const moved = ({ from, to }: Window, fraction: number): Window =>
  clamped(from + (to - from) * fraction, to - from)

/** A window that shows this range with some space on both sides. */
export const around = (from: number, to: number): Window => clamped(from - (to - from) * 0.05, (to - from) * 1.1)
