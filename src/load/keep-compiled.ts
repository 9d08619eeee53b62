import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Fresh } from './compiled.ts'
import { removeFile, replace } from '../policy/files.ts'

/** Of other versions and flags; when there are so many, they go. */
const maxFiles = 4

const makeRoom = (directory: string): void => {
  const names = readdirSync(directory)
  if (names.length >= maxFiles) for (const name of names) removeFile(join(directory, name))
}

/**
 * Keeps what V8 has compiled, which takes two milliseconds. It is kept twice: V8 does not look whether its bytes are whole,
 * and with one of them changed a process ran for ever (tried). To compare takes a fiftieth of a millisecond, a checksum in
 * JavaScript two. Throws where it cannot be written.
 */
export const keepCompiled = ({ directory, path, script }: Fresh): void => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  makeRoom(directory)
  const compiled = script.createCachedData()
  replace(path, Buffer.concat([compiled, compiled]))
}
