import { otherError } from '../../schema/errors.ts'
import { maxFrames } from '../../schema/shapes.ts'
import { readBytes } from '../../machine/files.ts'
import { dirname, fileURLToPath, fs, relative, sep } from '../../machine/node.ts'

const { existsSync } = fs

/**
 * Stack frames as positions in packages: `package/path:line:column`. Function names are left out, since a computed key
 * can put data into them. A path outside of any package becomes `_OTHER`. The sanitizer hides packages that are not
 * public.
 */

/** Longest stack, in characters, that is parsed: a stack starts with the message, which may have megabytes. */
const maxStackLength = 100_000

const textAt = (error: object, key: 'stack' | 'name' | 'message' | 'code'): string | undefined => {
  try {
    const value = (error as Record<string, unknown>)[key]
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * The lines after the header of a stack. V8 writes the header as `name: message`, and Node adds a code to the name.
 * After another header nothing is returned, since lines of the message could look like frames.
 */
const linesAfterHeader = (error: object): string[] => {
  const stack = textAt(error, 'stack')
  if (stack === undefined || stack.length > maxStackLength) return []
  const [name = 'Error', message = '', code] = (['name', 'message', 'code'] as const).map((key) => textAt(error, key))
  const names = code === undefined ? [name] : [name, `${name} [${code}]`]
  const header = names
    .map((each) => (message === '' ? each : `${each}: ${message}`))
    .find((each) => stack.startsWith(`${each}\n`))
  return header === undefined ? [] : stack.slice(header.length + 1).split('\n')
}

/** `    at name (location:line:column)` or `    at location:line:column`, both with an optional `async` after `at`. */
const frameLine = /^ {4}at (?:.* \()?((?:file:\/\/|node:|\/|[A-Za-z]:\\)[^()]*):(\d{1,7}):(\d{1,7})\)?$/

const pathOf = (location: string): string | undefined => {
  if (!location.startsWith('file:')) return location
  try {
    return fileURLToPath(location)
  } catch {
    return undefined
  }
}

/** Bytes. Any file can have this name, and reading a larger one could hold the command. */
const maxPackageFile = 1_000_000

const nameOfPackage = (directory: string): string | undefined => {
  const read = readBytes(`${directory}${sep}package.json`, maxPackageFile)
  if (read.kind !== 'content') return undefined
  try {
    const { name } = JSON.parse(read.bytes.toString('utf8')) as { name?: unknown }
    return typeof name === 'string' ? name : undefined
  } catch {
    return undefined
  }
}

/** `package/path` of a file. Its package is the nearest directory above with a package.json that has a name. */
const insidePackage = (path: string): string | undefined => {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const name = existsSync(`${directory}${sep}package.json`) ? nameOfPackage(directory) : undefined
    if (name !== undefined) return `${name}/${relative(directory, path).replaceAll('\\', '/')}`
    if (directory === dirname(directory)) return undefined
  }
}

const frameOf = (line: string): string => {
  const [, location, row, column] = frameLine.exec(line) ?? []
  if (location === undefined) return otherError
  const path = pathOf(location)
  const position = path === undefined || path.startsWith('node:') ? path : insidePackage(path)
  return position === undefined ? otherError : `${position}:${row}:${column}`
}

/** The innermost frames of an error, at most `maxFrames`. Never throws, whatever the error is. */
export const framesOf = (error: unknown): string[] => {
  if (typeof error !== 'object' || error === null) return []
  return linesAfterHeader(error).slice(0, maxFrames).map(frameOf)
}
