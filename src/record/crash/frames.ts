import { maxFrames } from '../../schema/frame.ts'
import { otherName } from '../../schema/shapes.ts'
import { statOf } from '../../machine/read-file.ts'
import { packageAbove } from '../../machine/package-file.ts'
import { fileURLToPath, fs, relative, sep } from '../../machine/node.ts'
import { callSitesOf } from './call-sites.ts'

const { realpathSync } = fs

/**
 * Stack frames as positions in packages: `package/path:line:column`. Function names are left out, since a host can name
 * a function after its data. A frame outside of any installed package, or in no file on disk, is `_OTHER`. The schema
 * hides packages that are not public and files that are not code.
 */

const pathOf = (file: string): string => (file.startsWith('file:') ? fileURLToPath(file) : file)

interface Package {
  readonly root: string
  readonly name: string
}

const isProgram = (root: string): boolean => {
  const [, program] = process.argv
  return program !== undefined && realpathSync(program).startsWith(`${root}${sep}`)
}

/**
 * A user's own project can have the name of a package. An installed package is in `node_modules`, or is the program.
 */
const isInstalled = ({ root, name }: Package): boolean =>
  root.endsWith(['', 'node_modules', ...name.split('/')].join(sep)) || isProgram(root)

/** The installed package of a file, and the file's size in bytes. */
interface Place extends Package {
  readonly size: number
}

const placeOf = (path: string): Place | undefined => {
  const stats = statOf(path)
  const above = stats?.isFile() ? packageAbove(path) : undefined
  if (!stats || !above) return undefined
  const place = { root: above.root, name: above.manifest.name, size: stats.size }
  return isInstalled(place) ? place : undefined
}

/** Cached by file, since thousands of operations may fail in the same few files. */
const places = new Map<string, Place | undefined>()
const maxPlaces = 1_000

const keptPlaceOf = (path: string): Place | undefined => {
  if (places.has(path)) return places.get(path)
  if (places.size >= maxPlaces) places.clear()
  const place = placeOf(path)
  places.set(path, place)
  return place
}

const frameOf = (site: NodeJS.CallSite): string => {
  const [file, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()]
  if (typeof file !== 'string' || line === null || column === null || site.isEval()) return otherName
  if (file.startsWith('node:')) return `${file}:${line}:${column}`
  const path = pathOf(file)
  const place = keptPlaceOf(path)
  // Code can give itself any file name and position. A real position is smaller than the file's size in bytes.
  if (!place || line > place.size || column > place.size) return otherName
  return `${place.name}/${relative(place.root, path).replaceAll('\\', '/')}:${line}:${column}`
}

const frameOrOther = (site: NodeJS.CallSite): string => {
  try {
    return frameOf(site)
  } catch {
    return otherName
  }
}

/** The innermost frames of an error, at most `maxFrames`. Never throws, whatever the error is. */
export const framesOf = (error: unknown): string[] => callSitesOf(error).slice(0, maxFrames).map(frameOrOther)
