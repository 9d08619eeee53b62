import { homedir } from 'node:os'
import { join } from 'node:path'

export { configDirectory } from '../report/config-directory.ts'

/**
 * Directory of the collector's configuration, and the cache outside of the repository for the binaries that are built.
 */

const userCache = (env: NodeJS.ProcessEnv): string => {
  if (env['XDG_CACHE_HOME']) return env['XDG_CACHE_HOME']
  if (process.platform === 'win32' && env['LOCALAPPDATA']) return env['LOCALAPPDATA']
  return join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache')
}

export const cacheDirectory = (env = process.env): string => join(userCache(env), 'cq-telemetry')
