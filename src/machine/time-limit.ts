import { patienceVariable } from './variables.ts'

const maxFactor = 40

/**
 * A limit in milliseconds on how long a command waits. The tests and the demo multiply it by a variable, so that a busy
 * machine does not fail them. The factor is at most 40, so that half a second never becomes more than 20.
 */
export const timeLimit = (ms: number, env: NodeJS.ProcessEnv = process.env): number => {
  const factor = Number(env[patienceVariable])
  return ms * (factor > 1 ? Math.min(factor, maxFactor) : 1)
}
