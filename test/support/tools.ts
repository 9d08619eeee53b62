import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { describe } from 'vitest'

const isThere = (tool: string): boolean => {
  if (tool.startsWith('/')) return existsSync(tool)
  try {
    execFileSync('which', [tool], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** `describe`, or, without the tool, a skip that says why. In CI a tool that is missing is a failure. */
export const withTool = (tool: string, given: typeof describe): ((name: string, tests: () => void) => void) => {
  if (isThere(tool)) return given
  if (process.env['CI']) throw new Error(`${tool} is missing; .ci/install installs it`)
  console.warn(`skipped: ${tool} is not installed`)
  return given.skip
}
