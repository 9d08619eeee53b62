import { type Ended, type Place, run, type Running, start } from './program.ts'

const quoted = (argument: string): string => `'${argument.replaceAll("'", `'\\''`)}'`

/** The words of a command for a shell. */
export const shellWords = (command: string, args: readonly string[]): string => [command, ...args].map(quoted).join(' ')

/**
 * Runs a line of the shell on a real pseudo-terminal (util-linux `script`); `stdout` holds what the terminal shows.
 * Rejects where there is no `script`.
 */
export const onTerminal = (line: string, place: Place, env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  run('script', ['-qec', line, '/dev/null'], place, env)

/** The same, for a test that types: nothing is typed by itself, and the input does not end. */
export const startOnTerminal = (line: string, place: Place, env: NodeJS.ProcessEnv = {}): Running =>
  start('script', ['-qec', line, '/dev/null'], place, env, 'pipe')
