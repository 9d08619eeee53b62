import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The commands of this repository are bundled into folders of any depth. */
const upwards = (directory: string): string => {
  const found = join(directory, 'collector-config')
  if (existsSync(join(found, 'builder.yaml'))) return found
  if (dirname(directory) === directory) throw new Error('there is no folder collector-config')
  return upwards(dirname(directory))
}

export const configDirectory = upwards(dirname(fileURLToPath(import.meta.url)))
