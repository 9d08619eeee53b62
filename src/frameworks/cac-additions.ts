// Named for the declarations of CommonJS hosts: cac 7 has ES modules alone.
import type { CAC, Command } from 'cac' with { 'resolution-mode': 'import' }
import { type Adapter, argsOfTelemetryCommand, ownFlags, telemetryCommand } from './adapter.ts'

/** Returns the names of the options that are ours, and not the program's own. */
export const addFlags = ({ globalCommand, commands }: CAC): string[] => {
  // To cac the name of `--no-telemetry` is `telemetry`.
  const flags = ownFlags().map((flag) => ({ ...flag, own: flag.camelName.replace('noTelemetry', 'telemetry') }))
  const free = flags.filter(({ own }) => ![globalCommand, ...commands].some((command) => command.hasOption(own)))
  for (const { flags: flag, description } of free) {
    globalCommand.option(flag, description)
    // Of `--no-…` cac makes an option that is true by default, and the program would get it.
    delete globalCommand.options.at(-1)?.config.default
  }
  return free.map(({ own }) => own)
}

/** Only where an operand that names no command is a mistake does another command take nothing away. */
export const addTelemetryCommand = (cli: CAC, adapter: Adapter): void => {
  const isTaken = (command: Command) => command.isDefaultCommand || command.isMatched(telemetryCommand.name)
  if (cli.commands.length === 0 || cli.commands.some(isTaken)) return
  adapter.hasTelemetryCommand()
  cli
    .command(`${telemetryCommand.name} [...args]`, telemetryCommand.description)
    .allowUnknownOptions()
    .action(() => adapter.runTelemetry(argsOfTelemetryCommand(cli.rawArgs.slice(2))))
}
