import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Loaded, loadCompiled } from './compiled.ts'
import { requireFrom } from './script.ts'

/** Of the file's content, from the build. */
declare const RUN_HASH: string

/** What records, which is a file of its own beside this one: it takes ten times as long to load as what decides. */
export const loadRun = (directory: string | undefined): Loaded<typeof import('../run.ts')> => {
  const file = fileURLToPath(new URL('./run.cjs', import.meta.url))
  const text = readFileSync(file, 'utf8')
  return loadCompiled(
    { name: 'cq-telemetry/run.cjs', file, text, require: requireFrom(file) },
    { directory, hash: RUN_HASH },
  )
}
