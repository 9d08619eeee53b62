import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { requireFrom, runScript } from './script.ts'

/** What decides, a file of its own: what is switched off by a flag or a variable needs nothing of it. */
export const loadDecide = (): typeof import('../decide.ts') => {
  const file = fileURLToPath(new URL('./decide.cjs', import.meta.url))
  const source = { name: 'cq-telemetry/decide.cjs', file, text: readFileSync(file, 'utf8'), require: requireFrom(file) }
  return runScript<typeof import('../decide.ts')>(source).exports
}
