import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform, release, totalmem } from 'node:os'
import type { Row } from './statistics.ts'

/** What a suite came to on one machine: kept as a file, from which the page is written. */
export interface Result {
  readonly command: string
  readonly machine: Readonly<Record<string, string>>
  /** Of the peers. */
  readonly versions: Readonly<Record<string, string>>
  readonly rows: readonly Row[]
}

export type Results = Readonly<Record<string, Result>>

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
}

export const machine = (): Record<string, string> => ({
  'Node.js': process.version.slice(1),
  system: `${platform()} ${release().split('-')[0]} ${arch()}`,
  processor: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB`,
  date: new Date().toISOString().slice(0, 10),
})

/** Of the peers, as they are installed. */
export const versions = (): Record<string, string> =>
  (JSON.parse(readFileSync('bench/package.json', 'utf8')) as Manifest).dependencies

export const readResults = (path: string): Results =>
  existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : {}

const rounded = (value: number): number => Number(value.toPrecision(5))

/** A suite that was run takes the place of its earlier result; the others stay. */
export const keepResults = (path: string, results: Results): void => {
  const short = (_: string, value: unknown) => (typeof value === 'number' ? rounded(value) : value)
  const all = { ...readResults(path), ...results }
  // One line for each row.
  const suites = Object.entries(all).map(([name, { rows, ...about }]) => {
    const lines = rows.map((row) => `    ${JSON.stringify(row, short)}`).join(',\n')
    return `${JSON.stringify(name)}: ${JSON.stringify(about).slice(0, -1)}, "rows": [\n${lines}\n  ]}`
  })
  writeFileSync(path, `{\n  ${suites.join(',\n  ')}\n}\n`)
}
