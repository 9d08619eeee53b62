import type { Command, CommandContext, RouteMap } from '@stricli/core'
import { type Adapter, ownFlags, telemetryCommand } from './adapter.ts'

type Parameters = Command<CommandContext>['parameters']
type FormatHelp = RouteMap<CommandContext>['formatHelp']

const row = (left: string, right: string): string => `  ${left.padEnd(23)} ${right}\n`

/** Adds our flags to the end of a command's help, since stricli builds the help when it makes the command. */
export const watchHelp =
  (formatHelp: FormatHelp, adapter: Adapter): FormatHelp =>
  (args) => {
    adapter.aside('help')
    const rows = ownFlags().map(({ flags, description }) => row(`[${flags}]`, description))
    return `${formatHelp(args)}\n${args.ansiColor ? '\x1B[4mTELEMETRY\x1B[24m' : 'TELEMETRY'}\n${rows.join('')}`
  }

/**
 * The flags that are ours, and not the command's own. They have their full names, which both of stricli's case styles
 * accept.
 */
export const addedFlags = ({ flags = {} }: Parameters) => {
  const free = ownFlags().filter(
    ({ name, camelName }) => ![name, name.replace(/^no-/, ''), camelName].some((each) => each in flags),
  )
  const flagOf = (brief: string) => ({ kind: 'boolean', brief, optional: true, withNegated: false }) as const
  return Object.fromEntries(free.map(({ name, description }) => [name, flagOf(description)]))
}

const firstCommand = <Context extends CommandContext>(routes: RouteMap<Context>): Command<Context> | undefined => {
  for (const { target } of routes.getAllEntries()) {
    const command = 'getAllEntries' in target ? firstCommand(target) : target
    if (command) return command
  }
  return undefined
}

/** Routes that lead to the command, whatever follows. A stricli command accepts no other options than its own. */
const telemetryRoutes = <Context extends CommandContext>(
  routes: RouteMap<Context>,
  run: () => Promise<void>,
): RouteMap<Context> | undefined => {
  const model = firstCommand(routes)
  if (!model) return undefined
  const { description } = telemetryCommand
  const command: Command<Context> = { ...model, parameters: {}, usesFlag: () => false, loader: async () => run }
  const target: RouteMap<Context> = {
    kind: routes.kind,
    brief: description,
    fullDescription: undefined,
    formatUsageLine: ({ prefix }) => `${prefix.join(' ')} ...`,
    formatHelp: ({ prefix }) => `${prefix.join(' ')} ...\n\n${description}\n`,
    getAllEntries: () => [],
    getDefaultCommand: () => command,
    getOtherAliasesForInput: () => ({ original: [], 'convert-camel-to-kebab': [] }),
    getRoutingTargetForInput: () => target,
  }
  return target
}

/** Adds the command if its name as an operand would be a mistake. A default command would get the operand. */
export const addTelemetryCommand = <Context extends CommandContext>(
  routes: RouteMap<Context>,
  adapter: Adapter,
): RouteMap<Context> => {
  const { name, description } = telemetryCommand
  if (routes.getDefaultCommand() || routes.getRoutingTargetForInput(name)) return routes
  const target = telemetryRoutes(routes, async () => {
    await adapter.runTelemetry()
    // stricli 1.0 would end the process with a code of its own.
    if (process.exitCode) process.exit()
  })
  if (!target) return routes
  adapter.hasTelemetryCommand()
  const entry = { name: { original: name, 'convert-camel-to-kebab': name }, target, aliases: [], hidden: false }
  return {
    ...routes,
    formatHelp: (args) => routes.formatHelp(args) + row(name, description),
    getAllEntries: () => [...routes.getAllEntries(), entry],
    getRoutingTargetForInput: (input) => (input === name ? target : routes.getRoutingTargetForInput(input)),
  }
}
