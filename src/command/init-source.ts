import { readdirSync, existsSync } from 'node:fs'
import { basename, dirname, extname, join, sep } from 'node:path'
import { readFile } from '../machine/read-file.ts'
import type { Framework } from './init-recipes.ts'

/** Finds the files of a project that start the program, as far as their text shows. */

export interface Source {
  /** Relative to the project's directory, with `/`. */
  readonly path: string
  readonly text: string
}

/** Folders with built, installed or test files, which are skipped. */
const passedOver = /^(?:\..*|node_modules|dist|build|out|coverage|tests?|__tests__|fixtures|examples?|docs)$/
const isSource = /(?<!\.d|\.test|\.spec|\.config)\.[mc]?[jt]sx?$/
const maxDepth = 4
const maxFiles = 2000
const maxBytes = 1_000_000

const read = (path: string): string => {
  try {
    return readFile(path, maxBytes).toString('utf8')
  } catch {
    return ''
  }
}

const filesBelow = (directory: string, depth: number): string[] => {
  // A package inside a package has a tool of its own.
  if (depth > maxDepth || (depth > 0 && existsSync(join(directory, 'package.json')))) return []
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  const files = entries.filter((entry) => entry.isFile() && isSource.test(entry.name))
  const folders = entries.filter((entry) => entry.isDirectory() && !passedOver.test(entry.name))
  return [
    ...files.map(({ name }) => join(directory, name)),
    ...folders.flatMap(({ name }) => filesBelow(join(directory, name), depth + 1)),
  ]
}

/** The sources of the package, the highest folders first. Links are not followed. */
export const sourcesIn = (directory: string): Source[] =>
  filesBelow(directory, 0)
    .slice(0, maxFiles)
    .map((path) => ({
      path: path
        .slice(directory.length + 1)
        .split(sep)
        .join('/'),
      text: read(path),
    }))

/** Whether a file imports a package, or a file of it, for more than its types. */
export const imports = ({ text }: Source, packageName: string): boolean =>
  new RegExp(
    `^(?![ \\t]*(?://|\\*|import type\\b)).*(?:\\bfrom|\\bimport|\\b(?:require|import)\\()[ \\t]*['"]${packageName}(?:/[^'"]*)?['"]`,
    'm',
  ).test(text)

/** Patterns of a file that starts a program. */
const starts: Record<Framework | 'plain', RegExp> = {
  commander: /\.parse(?:Async)?\(/,
  yargs: /\byargs\b.*[(.]/,
  citty: /\brunMain\(/,
  '@oclif/core': /\bexecute\(|\brun\(/,
  cac: /\.parse\(/,
  clipanion: /\bCli\b/,
  '@stricli/core': /\brun\(/,
  plain: /\bparseArgs\(|\bprocess\.argv\b/,
}

const nameOnly = (path: string): string => basename(path, extname(path))

/**
 * The files that start the program, the most likely one first: the file of the command itself or, if the command is
 * compiled, the one with its name.
 */
export const startsOf = (
  sources: readonly Source[],
  framework: Framework | undefined,
  bin: string | undefined,
): Source[] => {
  const found = sources.filter(
    (source) => starts[framework ?? 'plain'].test(source.text) && (!framework || imports(source, framework)),
  )
  const path = bin?.replace(/^\.\//, '')
  const rank = (source: Source): number => {
    if (source.path === path) return 0
    return path !== undefined && nameOnly(source.path) === nameOnly(path) ? 1 : 2
  }
  return found.sort((a, b) => rank(a) - rank(b))
}

/** The folder of a file; `.` for the project itself. */
export const folderOf = ({ path }: Source): string => dirname(path)
