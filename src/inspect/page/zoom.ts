/** A part of the time axis, as fractions of the run's duration. */
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

/** The window between two points in any order. */
export const between = (a: number, b: number): Window => clamped(Math.min(a, b), Math.abs(b - a))

/** A `factor` below 1 zooms in. `at`, from 0 to 1 within the window, is the point that does not move. */
export const zoomed = ({ from, to }: Window, factor: number, at = 0.5): Window => {
  const width = (to - from) * factor
  return clamped(from + (to - from) * at - width * at, width)
}

/** Zooms so that `kept` stays in view, and comes into view if it was not. */
export const zoomedOn = (window: Window, factor: number, kept: Window): Window => {
  const { from, to } = window
  const [left, right] = [Math.max(from, kept.from), Math.min(to, kept.to)]
  if (left <= right) return zoomed(window, factor, ((left + right) / 2 - from) / (to - from))
  const width = (to - from) * factor
  return clamped((kept.from + kept.to) / 2 - width / 2, width)
}

/** Moves by a fraction of the window's width, to a later time if it is above 0. */
export const moved = ({ from, to }: Window, fraction: number): Window =>
  clamped(from + (to - from) * fraction, to - from)

/** The same window, moved only if it shows nothing of `wanted`. */
export const showing = (window: Window, wanted: Window): Window => {
  const width = window.to - window.from
  const isSeen = wanted.to >= window.from && wanted.from <= window.to
  return isSeen ? window : clamped(wanted.from - width / 10, width)
}

/** A window that shows this range with some space on both sides. */
export const around = ({ from, to }: Window): Window => clamped(from - (to - from) * 0.05, (to - from) * 1.1)
