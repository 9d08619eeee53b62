import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Fresh } from './compiled.ts'
import { makeOwnDirectory, removeFile, replace } from '../policy/files.ts'

/** Of other versions and flags; when there are so many, they go. */
const maxFiles = 4
/** As `compiled.ts` names them, and what a kill has left of one. */
const ours = /^[0-9a-f]+-v[\d.]+[\w.-]*$/

const makeRoom = (directory: string): void => {
  const names = readdirSync(directory).filter((name) => ours.test(name))
  if (names.length >= maxFiles) for (const name of names) removeFile(join(directory, name))
}

/**
 * Keeps what V8 has compiled, which takes two milliseconds. It is kept twice: V8 does not look whether its bytes are whole,
 * and with one of them changed a process ran for ever (tried). To compare takes a fiftieth of a millisecond, a checksum in
 * JavaScript two. Throws where it cannot be written.
 */
export const keepCompiled = ({ directory, path, script }: Fresh): void => {
  makeOwnDirectory(directory)
  makeRoom(directory)
  const compiled = script.createCachedData()
  replace(path, Buffer.concat([compiled, compiled]))
}
