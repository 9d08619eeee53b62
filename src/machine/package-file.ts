import { readBytes } from './read-file.ts'
import { dirname, join } from './node.ts'

/** Bytes. Any file can have this name, and reading a larger one could delay the command. */
const maxBytes = 1_000_000

export interface Manifest {
  readonly name: string
  readonly bin?: unknown
  readonly dependencies?: unknown
  readonly devDependencies?: unknown
}

const manifestIn = (directory: string): Manifest | undefined => {
  const read = readBytes(join(directory, 'package.json'), maxBytes)
  if (read.kind !== 'content') return undefined
  try {
    const found = JSON.parse(read.bytes.toString('utf8')) as Manifest | null
    return typeof found?.name === 'string' ? found : undefined
  } catch {
    return undefined
  }
}

/** The nearest package with a name. A package.json without a name only says how the files beside it are loaded. */
export const packageAbove = (path: string): { readonly root: string; readonly manifest: Manifest } | undefined => {
  for (let root = dirname(path); ; root = dirname(root)) {
    const manifest = manifestIn(root)
    if (manifest) return { root, manifest }
    if (root === dirname(root)) return undefined
  }
}
