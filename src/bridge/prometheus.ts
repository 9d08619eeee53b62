/** Metrics in Prometheus' text format, version 0.0.4. */

export type Labels = Readonly<Record<string, string | number>>

export const contentType = 'text/plain; version=0.0.4; charset=utf-8'

const escaped = (value: string | number): string =>
  String(value)
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)

const braces = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length > 0 ? `{${pairs.join(',')}}` : ''
}

type Kind = 'counter' | 'gauge' | 'histogram'

const metricText = (name: string, kind: Kind, help: string, samples: readonly string[]): string =>
  [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, ...samples, ''].join('\n')

export class Counter {
  private readonly name: string
  private readonly help: string
  private readonly values = new Map<string, number>()

  /** The `known` labels start at 0, so that Prometheus sees the first increase of each. */
  constructor(name: string, help: string, known: readonly Labels[] = [{}]) {
    this.name = name
    this.help = help
    for (const labels of known) this.add(0, labels)
  }

  add(count = 1, labels: Labels = {}): void {
    const key = braces(labels)
    this.values.set(key, (this.values.get(key) ?? 0) + count)
  }

  get total(): number {
    return [...this.values.values()].reduce((sum, value) => sum + value, 0)
  }

  text(): string {
    const samples = [...this.values].map(([labels, value]) => `${this.name}${labels} ${value}`)
    return metricText(this.name, 'counter', this.help, samples)
  }
}

/** The lines of a gauge with these samples. */
export const gaugeText = (name: string, help: string, ...samples: readonly (readonly [number, Labels?])[]): string =>
  metricText(
    name,
    'gauge',
    help,
    samples.map(([value, labels = {}]) => `${name}${braces(labels)} ${value}`),
  )

export class Histogram {
  private readonly name: string
  private readonly help: string
  private readonly bounds: readonly number[]
  private readonly counts: number[]
  private count = 0
  private sum = 0

  /** `bounds` are the upper bounds of the buckets, in ascending order. */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.name = name
    this.help = help
    this.bounds = bounds
    this.counts = bounds.map(() => 0)
  }

  observe(value: number): void {
    this.count += 1
    this.sum += value
    for (const [index, bound] of this.bounds.entries()) if (value <= bound) this.counts[index]! += 1
  }

  text(): string {
    const buckets = this.bounds.map((bound, index) => `${this.name}_bucket{le="${bound}"} ${this.counts[index]}`)
    return metricText(this.name, 'histogram', this.help, [
      ...buckets,
      `${this.name}_bucket{le="+Inf"} ${this.count}`,
      `${this.name}_sum ${this.sum}`,
      `${this.name}_count ${this.count}`,
    ])
  }
}
