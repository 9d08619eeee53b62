/** The ticks of the time axis: round times, far enough apart that their labels never touch. */

export interface Tick {
  /** From 0 to 1, the position on the axis. */
  readonly at: number
  readonly label: string
}

interface Unit {
  readonly name: string
  readonly ms: number
}

const units: readonly Unit[] = [
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1000 },
  { name: 'ms', ms: 1 },
  { name: 'µs', ms: 0.001 },
]

/** In pixels, for the font of the axis; digits are the widest characters of a label. */
const characterWidth = 7.7
const gap = 14

/** The next of 1, 2 and 5 times a power of ten. */
const round = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value))
  const factor = [1, 2, 5, 10].find((each) => each * power >= value * (1 - 1e-9)) ?? 10
  return factor * power
}

const labelOf = (ms: number, stepMs: number, unit: Unit): string => {
  const decimals = Math.max(0, -Math.floor(Math.log10(stepMs / unit.ms) + 1e-9))
  return `${(ms / unit.ms).toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })} ${unit.name}`
}

const stepFor = (rangeMs: number, count: number): number => {
  const raw = rangeMs / Math.max(1, count)
  return raw > 30_000 ? round(raw / 60_000) * 60_000 : round(raw)
}

/** The ticks of an axis of `width` pixels that shows the time from `from` to `to`, in milliseconds. */
export const ticksOf = (from: number, to: number, width: number): Tick[] => {
  const range = to - from
  if (!(range > 0) || width <= 0) return [{ at: 0, label: '0 ms' }]
  const unit = units.find(({ ms }) => (ms === 60_000 ? range >= 4 * ms : to >= ms)) ?? (units.at(-1) as Unit)
  const longest = (count: number) => {
    const step = stepFor(range, count)
    return Math.max(labelOf(from, step, unit).length, labelOf(to, step, unit).length) * characterWidth
  }
  let count = Math.max(1, Math.floor(width / 70))
  while (count > 1 && (stepFor(range, count) / range) * width < longest(count) + gap) count--
  const step = stepFor(range, count)
  const first = Math.ceil(from / step - 1e-9)
  const ticks = Array.from({ length: Math.floor(to / step + 1e-9) - first + 1 }, (_, index) => (first + index) * step)
    .map((ms) => ({ at: (ms - from) / range, label: ms === 0 ? '0' : labelOf(ms, step, unit) }))
    .filter(({ at, label }) => at * width + 4 + label.length * characterWidth <= width)
  return ticks.length > 0 ? ticks : [{ at: 0, label: labelOf(from, step, unit) }]
}
