import { fileURLToPath } from 'node:url'
import { loadCompiled } from './compiled.ts'

/** Of the file's content, from the build. */
declare const RUN_HASH: string

/** What records, which is a file of its own beside this one: it takes ten times as long to load as what decides. */
export const loadRun = (directory: string | undefined) => {
  const file = fileURLToPath(new URL('./run.cjs', import.meta.url))
  const { exports, fresh } = loadCompiled(file, { directory, hash: RUN_HASH })
  const run = exports as typeof import('./run.ts')
  return { run, keep: () => fresh && run.keepCompiled(fresh) }
}
