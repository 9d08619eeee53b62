import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'

/** Finds the telemetry files in a home directory, without knowing the tool. */

/** A file, with its path below the home. */
export interface FoundFile {
  readonly path: string
  readonly text: string
}

/**
 * How deep the search goes: the tool's directory is in the home, at most as deep as `.config/mytool`, and contains
 * `telemetry`.
 */
const maxDepth = 3

const entriesOf = (directory: string) => {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return []
  }
}

const directoriesBelow = (directory: string, depth = maxDepth): string[] =>
  entriesOf(directory)
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map(({ name }) => join(directory, name))
    .flatMap((path) =>
      basename(path) === 'telemetry' || depth === 0 ? [path] : [path, ...directoriesBelow(path, depth - 1)],
    )

const filesBelow = (directory: string): string[] =>
  entriesOf(directory).flatMap((entry) => {
    const path = join(directory, entry.name)
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : []
  })

/** Reads a file, which a drain may remove at the same time. */
const read = (home: string, path: string): FoundFile[] => {
  try {
    return [{ path: relative(home, path), text: readFileSync(path, 'utf8') }]
  } catch {
    return []
  }
}

/**
 * All telemetry files in the home, sorted by path: those of each directory `telemetry`, and the random id beside it.
 */
export const telemetryFiles = (home: string): FoundFile[] =>
  directoriesBelow(home)
    .filter((path) => basename(path) === 'telemetry')
    .flatMap((path) => [...filesBelow(path), join(dirname(path), 'telemetry-random-id')])
    .sort()
    .flatMap((path) => read(home, path))
