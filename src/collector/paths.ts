import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the collector's parts lie. What is built goes into a cache outside of the tree. */

/** The commands of this repository are bundled into folders of any depth. */
const upwards = (directory: string): string => {
  const found = join(directory, 'collector-config')
  if (existsSync(join(found, 'builder.yaml'))) return found
  if (dirname(directory) === directory) throw new Error('there is no folder collector-config')
  return upwards(dirname(directory))
}

export const configDirectory = upwards(dirname(fileURLToPath(import.meta.url)))

const base = (env: NodeJS.ProcessEnv): string => {
  if (env['XDG_CACHE_HOME']) return env['XDG_CACHE_HOME']
  if (process.platform === 'win32' && env['LOCALAPPDATA']) return env['LOCALAPPDATA']
  return join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache')
}

export const cacheDirectory = (env = process.env): string => join(base(env), 'cq-telemetry')
