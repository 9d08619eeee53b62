import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { customPrefix } from '../schema/custom.ts'
import { table } from '../schema/table.ts'

/** A key of this package's names in source code that no row of the table has: it would be left out in silence. */
export interface RawKey {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly key: string
}

const known: ReadonlySet<string> = new Set(table.map(({ key }) => key))
const literal = /(['"`])(cq\.[a-z0-9_.]+)\1/g
const sources: readonly string[] = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs']

const filesBelow = (path: string): string[] => {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => name !== 'node_modules' && !name.startsWith('.'))
    .flatMap((name) => filesBelow(join(path, name)))
    .filter((file) => sources.includes(extname(file)))
}

const isKnown = (key: string): boolean => known.has(key) || key.startsWith(customPrefix) || key.endsWith('.')

/**
 * The keys `cq.…` in string literals of a file, or of the source files below a directory, that the table does not have:
 * for a test that says that there are none. Throws where the path is not there.
 */
export const rawKeysIn = (path: string): RawKey[] =>
  filesBelow(path).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((text, index) =>
        [...text.matchAll(literal)]
          .map(([, , key = '']) => key)
          .filter((key) => !isKnown(key))
          .map((key) => ({ file, line: index + 1, key })),
      ),
  )
