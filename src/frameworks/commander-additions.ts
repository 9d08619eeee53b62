import type { Command } from 'commander'
import type { EventEmitter } from 'node:events'
import { type Adapter, argsOfTelemetryCommand, ownFlags, telemetryCommand } from './adapter.ts'
import { hasAction, internalsOf } from './commander-internals.ts'

/**
 * Declares the flags without storing a value, which `opts()` would show. Commander calls the listener when it finds the
 * flag.
 */
export const addFlags = (command: Command, adapter: Adapter): void => {
  for (const { flags, name, description } of ownFlags()) {
    if (command.options.some(({ long }) => long === flags)) continue
    const option = command.createOption(flags, description)
    ;(command.options as unknown[]).push(option)
    command.on(`option:${option.name()}`, () => adapter.heed({ [name]: true }))
  }
}

/**
 * Whether the program refuses an operand that is none of its commands. Only then an additional command takes nothing
 * away.
 */
const refusesOperands = (program: Command): boolean => {
  const { _args = [], _allowExcessArguments, _defaultCommandName } = internalsOf(program)
  const takesAny =
    program.commands.some((command) => command.name() === '*') ||
    (program as unknown as EventEmitter).listenerCount('command:*') > 0
  if (program.commands.length === 0 || _defaultCommandName || takesAny) return false
  return !hasAction(program) || (_args.length === 0 && _allowExcessArguments === false)
}

/** Adds the command. Returns it, if it was added. */
export const addTelemetryCommand = (program: Command, adapter: Adapter): Command | undefined => {
  const isTaken = program.commands.some((each) => [each.name(), ...each.aliases()].includes(telemetryCommand.name))
  if (isTaken || !refusesOperands(program)) return undefined
  adapter.hasTelemetryCommand()
  return program
    .command(telemetryCommand.name)
    .description(telemetryCommand.description)
    .argument('[args...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(() => adapter.runTelemetry(argsOfTelemetryCommand(internalsOf(program).rawArgs ?? [])))
}
