/** The part of the time that is seen, as fractions of all of it. */
export interface Window {
  readonly from: number
  readonly to: number
}

export const everything: Window = { from: 0, to: 1 }
/** A millionth of the whole: below it the numbers of the browser have nothing more to tell. */
const narrowest = 1e-6

const within = (from: number, width: number): Window => {
  const kept = Math.min(1, Math.max(narrowest, width))
  const begin = Math.min(1 - kept, Math.max(0, from))
  return { from: begin, to: begin + kept }
}

/** `factor` below 1 shows less time; `at`, from 0 to 1 within the window, stays where it is. */
export const zoomed = ({ from, to }: Window, factor: number, at = 0.5): Window => {
  const width = (to - from) * factor
  return within(from + (to - from) * at - width * at, width)
}

/** By a part of the window, later if above 0. */
export const moved = ({ from, to }: Window, part: number): Window => within(from + (to - from) * part, to - from)

export const around = (from: number, to: number): Window => within(from - (to - from) * 0.05, (to - from) * 1.1)
