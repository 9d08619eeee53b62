import { homedir } from 'node:os'
import { join } from 'node:path'

export { configDirectory } from '../../src/report/config-directory.ts'

/** Where the collector's parts lie. What is built goes into a cache outside of the tree. */

const base = (env: NodeJS.ProcessEnv): string => {
  if (env['XDG_CACHE_HOME']) return env['XDG_CACHE_HOME']
  if (process.platform === 'win32' && env['LOCALAPPDATA']) return env['LOCALAPPDATA']
  return join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache')
}

export const cacheDirectory = (env = process.env): string => join(base(env), 'cq-telemetry')
