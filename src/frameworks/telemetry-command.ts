import { type Options, telemetryFlags } from '../index.ts'

/** The command that an adapter adds to a program. */
export const telemetryCommand = {
  name: 'telemetry',
  description: 'see and choose what this tool sends: status, view, enable, disable, id, spool, flush, doctor',
} as const

/** The telemetry flags under the names that parsers use, e.g. `no-telemetry` and `noTelemetry`. */
export const ownFlags = () =>
  telemetryFlags().map(({ flags, description }) => {
    const name = flags.replace(/^--/, '')
    return { flags, name, camelName: name.replaceAll(/-[a-z]/g, (pair) => pair.slice(1).toUpperCase()), description }
  })

/** The arguments after the word `telemetry`, as the user typed them. */
export const argsOfTelemetryCommand = (argv: readonly string[]): readonly string[] => {
  const at = argv.indexOf(telemetryCommand.name)
  return at === -1 ? [] : argv.slice(at + 1)
}

/**
 * Runs `<tool> telemetry …` and sets the exit code. If the host's parser does not wait, the host may end the process
 * too early, so a message says so. Never rejects.
 */
export const runTelemetry = async (args: readonly string[], options: Options): Promise<void> => {
  const fail = () => {
    console.error(
      `${options.app.name}: the program ended before this was done. Use npx cq-telemetry --tool ${options.app.name} …`,
    )
    process.exitCode = 1
  }
  process.once('exit', fail)
  try {
    const { runTelemetryCommand } = await import('../command/index.ts')
    process.exitCode = await runTelemetryCommand(args, options)
  } catch {
    fail()
  } finally {
    process.off('exit', fail)
  }
}
