/** A request beside the tool's work: a shell makes it with each press of Tab, or a person looks something up. */
export type Aside = 'completion' | 'help' | 'version'

/** The usual names of such commands. The scripts that `completion` prints call `__complete`. */
const words: ReadonlyMap<string, Aside> = new Map([
  ...['completion', 'completions', 'autocomplete', 'complete', '__complete'].map(
    (word) => [word, 'completion'] as const,
  ),
  ['help', 'help'],
  ['version', 'version'],
])

/** The purpose of a command with this path, if it is beside the tool's work. */
export const asideOfPath = ([first = '']: readonly string[]): Aside | undefined => words.get(first.toLowerCase())

const completionFlags: readonly string[] = [
  '--get-yargs-completions',
  '--compgen',
  '--compbash',
  '--compzsh',
  '--compfish',
]

/**
 * The request that the usual flags make. Ask only if no command has run, since a command may use such a flag itself.
 */
export const asideOfArguments = (argv: readonly string[]): Aside | undefined => {
  const end = argv.indexOf('--')
  const given = end === -1 ? argv : argv.slice(0, end)
  const has = (...flags: readonly string[]) => given.some((argument) => flags.includes(argument))
  if (has(...completionFlags)) return 'completion'
  if (has('--help', '-h')) return 'help'
  return has('--version', '-V', '-v') ? 'version' : asideOfPath(given.filter((argument) => !argument.startsWith('-')))
}

/** Whether a shell asks for completions. Bash and the packages `omelette` and `tabtab` set this variable. */
export const isShellCompletion = (env: NodeJS.ProcessEnv): boolean => env['COMP_LINE'] !== undefined
