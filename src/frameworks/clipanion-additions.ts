import type { CommandClass } from 'clipanion'
import { type Adapter, ownFlags, telemetryCommand } from './adapter.ts'
import { pathsOf, type Program, registrationsOf } from './clipanion-internals.ts'

/** Adds the flags. They are hidden, since clipanion would also list them in its error messages. */
export const addFlags = (cli: Program): void => {
  for (const { builder } of registrationsOf(cli).values()) {
    // The names are a list in clipanion 3, and a map in version 4.
    const taken = [...(builder.allOptionNames as Iterable<unknown>)].flat()
    for (const { flags } of ownFlags())
      if (!taken.includes(flags) && !taken.includes(flags.replace('--no-', '--')))
        builder.addOption({ names: [flags], arity: 0, hidden: true, allowBinding: false })
  }
}

export const addFlagsToHelp = (cli: Program): void => {
  const usage = cli.usage.bind(cli)
  cli.usage = (command, settings = {}) => {
    const text = usage(command, settings)
    if (command && !settings.detailed) return text
    const rows = ownFlags().map(({ flags, description }) => `  ${flags.padEnd(22)}${description}\n`)
    return `${text}\n${cli.format(settings.colored).header('Telemetry')}\n\n${rows.join('')}`
  }
}

/**
 * The command in the form that clipanion runs. It does not extend clipanion's class, since that could be another copy
 * of clipanion.
 */
const telemetryClass = (adapter: Adapter) =>
  class {
    static readonly paths = [[telemetryCommand.name]]
    static readonly usage = { description: telemetryCommand.description }
    readonly validateAndExecute = async (): Promise<number> => {
      await adapter.runTelemetry()
      return Number(process.exitCode ?? 0)
    }
  }

/** Adds the command if no other command would get the operand. Returns the command, if it was added. */
export const addTelemetryCommand = (cli: Program, adapter: Adapter): CommandClass | undefined => {
  const registrations = registrationsOf(cli)
  const isTaken = [...registrations].some(([command, { builder }]) =>
    pathsOf(command).some(([first]) => {
      const { leading, extra, trailing } = builder.arity
      const operands = leading.length + trailing.length + (Array.isArray(extra) ? extra.length : 1)
      return first === telemetryCommand.name || (first === undefined && operands > 0)
    }),
  )
  if (isTaken) return undefined
  const command = telemetryClass(adapter) as unknown as CommandClass
  cli.register(command)
  registrations.get(command)?.builder.addProxy()
  adapter.hasTelemetryCommand()
  return command
}
