import { basename } from '../machine/node.ts'

/** Calls of the tool that no user has made: a shell completes a word, or git runs a hook. They come at each key, or each commit. */

type Environment = Readonly<Record<string, string | undefined>>

/** Bash, npm and tabtab; argcomplete. */
const completionVariables = ['COMP_LINE', 'COMP_POINT', 'COMP_CWORD', '_ARGCOMPLETE']
/** Of click and its followers: `_MYTOOL_COMPLETE`. */
const ownVariable = (app: string): string => `_${app.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_COMPLETE`
/** Of cobra and its followers, as the first argument. */
const firstArguments = ['__complete', '__completeNoDesc']
/** Of yargs, and of omelette. */
const anyArguments = ['--get-yargs-completions', '--compbash', '--compzsh', '--compfish', '--compgen']

const isCompletion = (app: string, argv: readonly string[], env: Environment): boolean =>
  [...completionVariables, ownVariable(app)].some((name) => env[name] !== undefined) ||
  firstArguments.includes(argv[0] ?? '') ||
  argv.some((argument) => anyArguments.includes(argument))

/** Git sets it for whatever it starts: hooks, filters, `rebase --exec`. A program `git-mytool` is a command of the user's. */
const isGitHook = (env: Environment, script: string | undefined): boolean =>
  env['GIT_EXEC_PATH'] !== undefined && !basename(script ?? '').startsWith('git-')

/** Returns what called the tool in the user's place, and undefined for a call that is taken for the user's. */
export const automaticCaller = (
  app: string,
  argv: readonly string[],
  env: Environment,
  script: string | undefined = process.argv[1],
): string | undefined => {
  if (isCompletion(app, argv, env)) return 'the completion of a shell'
  return isGitHook(env, script) ? 'a hook of git' : undefined
}
