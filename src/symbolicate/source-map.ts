import { posix } from 'node:path'
import { FlattenMap, originalPositionFor, sourceContentFor, type TraceMap } from '@jridgewell/trace-mapping'
import { isInside, type Release } from './release.ts'

/** The origin of a place in published code. */
export interface Original {
  /** The path below the release. A path outside of it, from the build machine, is shortened. */
  readonly source: string
  readonly line: number
  readonly column: number
  /** The line, if the map or the release has the source. */
  readonly text?: string
}

/** Finds the source of places in one file. */
export interface SourceMap {
  original(line: number, column: number): Original | undefined
}

const comment = /\/[/*][#@] *sourceMappingURL=([^\s*'"]+)/g
const dataUrl = /^data:application\/json;(?:charset=[\w-]+;)?base64,([A-Za-z0-9+/=]*)$/

interface MapFile {
  /** The name of the map in a message. */
  readonly name: string
  /** The path to which its sources are relative. */
  readonly base: string
  readonly text: string
}

const fileNamed = (name: string, release: Release): MapFile | undefined => {
  const text = release.read(name)?.toString('utf8')
  return text === undefined ? undefined : { name, base: name, text }
}

const decoded = (url: string): string => {
  try {
    return decodeURIComponent(url)
  } catch {
    return url
  }
}

/**
 * The map that a file names in its last such comment, as in Node. If the path is on the build machine, it is not read.
 */
const mapNamedIn = (code: string, file: string, release: Release): MapFile | undefined => {
  const url = [...code.matchAll(comment)].at(-1)?.[1]
  if (url === undefined) return undefined
  const [, inline] = dataUrl.exec(url) ?? []
  if (inline === undefined) return fileNamed(posix.join(posix.dirname(file), decoded(url)), release)
  return { name: `the map in ${file}`, base: file, text: Buffer.from(inline, 'base64').toString('utf8') }
}

/** The source without its scheme. Bundlers add one, as in `webpack://tool/./src/main.ts`. */
const withoutScheme = (source: string): string => source.replace(/^[a-z][a-z0-9+.-]*:\/\/(?:[^/]*\/)?/i, '')

/**
 * A path below the release. If the path leads outside, only its last folder and name are kept: the rest reveals who
 * built it, and where.
 */
const shownPath = (source: string): string => {
  const path = source.replaceAll('\\', '/')
  const isAbsolute = /^(?:file:|\/)|(?:^|\/)[a-z]:\//i.test(path)
  if (isAbsolute) return path.split('/').slice(-2).join('/')
  return posix.normalize(withoutScheme(path)).replace(/^(?:\.\.\/)+/, '')
}

/** The most characters of a line of source. */
const maxText = 160

const lineOf = (content: string | undefined, line: number): string | undefined => {
  const text = content?.split('\n', line)[line - 1]?.trim()
  return text === undefined || text === '' ? undefined : text.slice(0, maxText)
}

const contentOf = (map: TraceMap, source: string, release: Release): string | undefined =>
  sourceContentFor(map, source) ?? (isInside(source) ? release.read(source)?.toString('utf8') : undefined)

const lookUp = (map: TraceMap, release: Release): SourceMap => ({
  original: (line, column) => {
    // Columns of stacks start at 1, those of maps at 0.
    const found = originalPositionFor(map, { line, column: column - 1 })
    if (found.source === null) return undefined
    const text = lineOf(contentOf(map, found.source, release), found.line)
    return {
      source: shownPath(found.source),
      line: found.line,
      column: found.column + 1,
      ...(text !== undefined && { text }),
    }
  },
})

/** Whether a value is a usable map. The codec accepts any characters, and makes invalid places of them. */
const isMap = (value: unknown): boolean => {
  const { mappings, sections } = (value ?? {}) as { readonly mappings?: unknown; readonly sections?: unknown }
  return typeof mappings === 'string' ? /^[A-Za-z0-9+/,;]*$/.test(mappings) : Array.isArray(sections)
}

const parse = ({ base, text }: MapFile): TraceMap => {
  const json: unknown = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, ''))
  if (!isMap(json)) throw new Error('no mappings')
  const map = new FlattenMap(json as never, base)
  // Broken mappings are found when they are decoded for the first time.
  originalPositionFor(map, { line: 1, column: 0 })
  return map
}

/** Why there is no source. */
export interface NoMap {
  readonly problem: string
}

/** The map of a file of a release: inline, named in the file, or beside it. */
export const sourceMapOf = (file: string, release: Release): SourceMap | NoMap => {
  const code = release.read(file)?.toString('utf8')
  if (code === undefined) return { problem: `${release.path} has no file ${file}` }
  const found = mapNamedIn(code, file, release) ?? fileNamed(`${file}.map`, release)
  if (!found) return { problem: `${release.path} has no source map of ${file}` }
  try {
    return lookUp(parse(found), release)
  } catch {
    return { problem: `${found.name} in ${release.path} is not a source map` }
  }
}

export const isMissing = (map: SourceMap | NoMap): map is NoMap => 'problem' in map
