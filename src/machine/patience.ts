import { patienceVariable } from './variables.ts'

const most = 40

/**
 * Milliseconds for which a command of a user's waits at most: `ms`. On a busy machine a test that is not about this bound
 * would fail by it, so tests and the demo multiply it, by 40 at most: a variable set by mistake makes nobody wait longer
 * than 20 seconds for half a second.
 */
export const patient = (ms: number, env: NodeJS.ProcessEnv = process.env): number => {
  const factor = Number(env[patienceVariable])
  return ms * (factor > 1 ? Math.min(factor, most) : 1)
}
