// The attribute is for the declarations of CommonJS hosts, since cac 7 has only ES modules.
import type { CAC, Command } from 'cac' with { 'resolution-mode': 'import' }
import { type Adapter, argsOfTelemetryCommand, ownFlags, telemetryCommand } from './adapter.ts'

/** Adds the flags. Returns the names of those that are ours, and not the program's own. */
export const addFlags = ({ globalCommand, commands }: CAC): string[] => {
  // For cac, the name of `--no-telemetry` is `telemetry`.
  const flags = ownFlags().map((flag) => ({ ...flag, own: flag.camelName.replace('noTelemetry', 'telemetry') }))
  const free = flags.filter(({ own }) => ![globalCommand, ...commands].some((command) => command.hasOption(own)))
  for (const { flags: flag, description } of free) {
    globalCommand.option(flag, description)
    // cac makes an option that is true by default from `--no-…`, and the program would get that value.
    delete globalCommand.options.at(-1)?.config.default
  }
  return free.map(({ own }) => own)
}

/**
 * Adds the command if an operand that names no command is a mistake. Otherwise it would take an operand away from the
 * program.
 */
export const addTelemetryCommand = (cli: CAC, adapter: Adapter): void => {
  const isTaken = (command: Command) => command.isDefaultCommand || command.isMatched(telemetryCommand.name)
  if (cli.commands.length === 0 || cli.commands.some(isTaken)) return
  adapter.hasTelemetryCommand()
  cli
    .command(`${telemetryCommand.name} [...args]`, telemetryCommand.description)
    .allowUnknownOptions()
    .action(() => adapter.runTelemetry(argsOfTelemetryCommand(cli.rawArgs.slice(2))))
}
