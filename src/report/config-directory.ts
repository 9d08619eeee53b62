import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Searches upwards, because the build puts the commands of this repository into directories of different depth. */
const findConfig = (directory: string): string => {
  const found = join(directory, 'collector-config')
  if (existsSync(join(found, 'builder.yaml'))) return found
  if (dirname(directory) === directory) throw new Error('there is no folder collector-config')
  return findConfig(dirname(directory))
}

export const configDirectory = findConfig(dirname(fileURLToPath(import.meta.url)))
