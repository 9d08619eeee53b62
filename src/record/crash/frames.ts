import { fileURLToPath } from 'node:url'
import { dirname, relative, sep } from 'node:path'
import { otherError } from '../../schema/errors.ts'
import { maxFrames } from '../../schema/shapes.ts'
import { fs } from '../../machine/node.ts'

const { existsSync, readFileSync } = fs

/**
 * Frames of an error's stack as places in packages. Function names are left out, since a computed key can put data into
 * one, and so is every path that is not inside a package. The sanitizer lets only declared packages through.
 */

/** A stack is read only so far, in characters: a message of megabytes stands at its beginning. */
const maxStack = 100_000

const textAt = (error: object, key: 'stack' | 'name' | 'message' | 'code'): string | undefined => {
  try {
    const value = (error as Record<string, unknown>)[key]
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * The lines after the header, which V8 writes as `name: message` (Node puts a code after the name). Where it stands
 * otherwise nobody knows where the message ends, and lines of it could pass for frames: then there are none.
 */
const linesAfterHeader = (error: object): string[] => {
  const stack = textAt(error, 'stack')
  if (stack === undefined || stack.length > maxStack) return []
  const [name = 'Error', message = '', code] = (['name', 'message', 'code'] as const).map((key) => textAt(error, key))
  const names = code === undefined ? [name] : [name, `${name} [${code}]`]
  const header = names
    .map((each) => (message === '' ? each : `${each}: ${message}`))
    .find((each) => stack.startsWith(`${each}\n`))
  return header === undefined ? [] : stack.slice(header.length + 1).split('\n')
}

/** `    at name (place:line:column)` or `    at place:line:column`, with `async` before either. */
const frameLine = /^ {4}at (?:.* \()?((?:file:\/\/|node:|\/|[A-Za-z]:\\)[^()]*):(\d{1,7}):(\d{1,7})\)?$/

const pathOf = (place: string): string | undefined => {
  if (!place.startsWith('file:')) return place
  try {
    return fileURLToPath(place)
  } catch {
    return undefined
  }
}

const nameOfPackage = (directory: string): string | undefined => {
  try {
    const { name } = JSON.parse(readFileSync(`${directory}${sep}package.json`, 'utf8')) as { name?: unknown }
    return typeof name === 'string' ? name : undefined
  } catch {
    return undefined
  }
}

/** The package that a file belongs to, with the path inside it: the nearest directory with a package.json that has a name. */
const insidePackage = (path: string): string | undefined => {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const name = existsSync(`${directory}${sep}package.json`) ? nameOfPackage(directory) : undefined
    if (name !== undefined) return `${name}/${relative(directory, path).replaceAll('\\', '/')}`
    if (directory === dirname(directory)) return undefined
  }
}

const frameOf = (line: string): string => {
  const [, place, row, column] = frameLine.exec(line) ?? []
  if (place === undefined) return otherError
  const path = pathOf(place)
  const inside = path === undefined || path.startsWith('node:') ? path : insidePackage(path)
  return inside === undefined ? otherError : `${inside}:${row}:${column}`
}

/** At most the innermost frames. Never throws, whatever the error is. */
export const framesOf = (error: unknown): string[] => {
  if (typeof error !== 'object' || error === null) return []
  return linesAfterHeader(error).slice(0, maxFrames).map(frameOf)
}
