import { basename } from '../machine/node.ts'

/**
 * Calls of the tool that no user makes: a shell completes a word, or git runs a hook. They come with each key or each
 * commit.
 */

type Environment = Readonly<Record<string, string | undefined>>

/** Set by Bash, npm and tabtab, and by argcomplete. */
const completionVariables = ['COMP_LINE', 'COMP_POINT', 'COMP_CWORD', '_ARGCOMPLETE']
/** Set by click and its followers: `_MYTOOL_COMPLETE`. */
const ownVariable = (app: string): string => `_${app.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_COMPLETE`
/** Passed by cobra and its followers as the first argument. */
const firstArguments = ['__complete', '__completeNoDesc']
/** Passed by yargs and omelette. */
const anyArguments = ['--get-yargs-completions', '--compbash', '--compzsh', '--compfish', '--compgen']

const isCompletion = (app: string, argv: readonly string[], env: Environment): boolean =>
  [...completionVariables, ownVariable(app)].some((name) => env[name] !== undefined) ||
  firstArguments.includes(argv[0] ?? '') ||
  argv.some((argument) => anyArguments.includes(argument))

/**
 * Git sets the variable for everything that it starts: hooks, filters, `rebase --exec`. A program named `git-mytool` is
 * a command of the user.
 */
const isGitHook = (env: Environment, script: string | undefined): boolean =>
  env['GIT_EXEC_PATH'] !== undefined && !basename(script ?? '').startsWith('git-')

/** Returns what called the tool instead of the user. Returns undefined if the user called it, as far as known. */
export const automaticCaller = (
  app: string,
  argv: readonly string[],
  env: Environment,
  script: string | undefined = process.argv[1],
): string | undefined => {
  if (isCompletion(app, argv, env)) return 'the completion of a shell'
  return isGitHook(env, script) ? 'a hook of git' : undefined
}
