/** The global options that must be known before commander parses: telemetry begins at start-up. */

const valueOf = (argv: readonly string[], option: string): string | undefined => {
  const end = argv.indexOf('--')
  const options = end === -1 ? argv : argv.slice(0, end)
  const joined = options.findLast((argument) => argument.startsWith(`${option}=`))
  const index = options.lastIndexOf(option)
  return joined?.slice(option.length + 1) ?? (index === -1 ? undefined : options[index + 1])
}

export const defaultDataDir = '.cq'

export const dataDirOf = (argv: readonly string[]): string => valueOf(argv, '--data-dir') || defaultDataDir

/** The tool's exit codes, beside 130 for Ctrl-C. `found`: a policy has found something. */
export const exitCodes = { failed: 1, usage: 2, found: 3 } as const
