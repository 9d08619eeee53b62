// The attribute is for the declarations of CommonJS hosts, since citty has only ES modules.
import type { ArgsDef, CommandDef, SubCommandsDef } from 'citty' with { 'resolution-mode': 'import' }
import { type Adapter, ownFlags, telemetryCommand } from './adapter.ts'

/** For the help only. citty reads `--no-telemetry` as `telemetry: false`, whatever is declared. */
export const flagArgs = (args: ArgsDef) =>
  Object.fromEntries(
    ownFlags()
      .filter(({ name }) => !Object.hasOwn(args, name))
      .map(({ name, description }) => [name, { type: 'boolean', description }] as const),
  )

/** Adds the command if there are other commands. Then citty refuses an operand that is not one of them. */
export const withTelemetryCommand = (commands: SubCommandsDef, turns: Adapter & { done: boolean }): SubCommandsDef => {
  if (Object.keys(commands).length === 0) return commands
  turns.hasTelemetryCommand()
  const run = () => {
    turns.done = true
    return turns.runTelemetry()
  }
  const command: CommandDef = { meta: { ...telemetryCommand }, run }
  return { [telemetryCommand.name]: command, ...commands }
}
