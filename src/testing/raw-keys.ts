import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { customPrefix } from '../schema/custom.ts'
import { table } from '../schema/table.ts'

/** An attribute key `cq.…` in source code that the schema does not have. The sanitizer would remove it. */
export interface RawKey {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly key: string
}

const schemaKeys: ReadonlySet<string> = new Set(table.map(({ key }) => key))
const literal = /(['"`])(cq\.[a-z0-9_.]+)\1/g
const sourceExtensions: readonly string[] = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs']

const filesBelow = (path: string): string[] => {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => name !== 'node_modules' && !name.startsWith('.'))
    .flatMap((name) => filesBelow(join(path, name)))
    .filter((file) => sourceExtensions.includes(extname(file)))
}

const isKnown = (key: string): boolean => schemaKeys.has(key) || key.startsWith(customPrefix) || key.endsWith('.')

/**
 * Finds keys `cq.…` that the schema does not have, in the string literals of a file or of all source files below a
 * directory. Your test expects none. Throws if the path does not exist.
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
