import type { Application, ApplicationText, Command, CommandContext, RouteMap } from '@stricli/core'
import {
  type Adapter,
  type AdapterOptions,
  asideOfArguments,
  ownFlags,
  startAdapter,
  telemetryCommand,
  type UsageKind,
  usedOptions,
} from './adapter.ts'

export type { AdapterOptions } from './adapter.ts'

type Target<Context extends CommandContext> = Command<Context> | RouteMap<Context>
type Parameters = Command<CommandContext>['parameters']
type Flags = Readonly<Record<string, unknown>>
type Func = (this: unknown, flags: Flags, ...args: unknown[]) => unknown

const isRouteMap = <Context extends CommandContext>(target: Target<Context>): target is RouteMap<Context> =>
  'getAllEntries' in target

/** The errors of stricli's scanner, by the properties that they document: before 1.3 their classes have lost their names. */
const kindOf = (error: object): UsageKind => {
  const has = (...names: readonly string[]) => names.some((name) => name in error)
  if (has('placeholder', 'nextFlagName')) return 'MissingArgumentError'
  if (has('externalFlagName', 'externalFlagNameOrPlaceholder', 'expectedCount')) return 'InvalidArgumentError'
  return has('input') ? 'UnknownOptionError' : 'UsageError'
}

/** stricli asks for these texts when the user has called the program wrongly. */
const watchMistakes = (text: ApplicationText, adapter: Adapter): ApplicationText => ({
  ...text,
  noCommandRegisteredForInput: (args) => {
    adapter.usageError('UnknownCommandError')
    return text.noCommandRegisteredForInput(args)
  },
  exceptionWhileParsingArguments: (error, ansiColor) => {
    adapter.attempt('name a mistake', () => adapter.usageError(kindOf(error as object)))
    return text.exceptionWhileParsingArguments(error, ansiColor)
  },
  exceptionWhileLoadingCommandContext: (error, ansiColor) => {
    adapter.telemetry.error(error)
    return text.exceptionWhileLoadingCommandContext(error, ansiColor)
  },
})

type FormatHelp = RouteMap<CommandContext>['formatHelp']

const row = (left: string, right: string): string => `  ${left.padEnd(23)} ${right}\n`

/** stricli makes the help when it makes a command, so our flags stand at its end. */
const watchHelp =
  (formatHelp: FormatHelp, adapter: Adapter): FormatHelp =>
  (args) => {
    adapter.aside('help')
    const rows = ownFlags().map(({ flags, description }) => row(`[${flags}]`, description))
    return `${formatHelp(args)}\n${args.ansiColor ? '\x1B[4mTELEMETRY\x1B[24m' : 'TELEMETRY'}\n${rows.join('')}`
  }

/** The flags that are ours, and not the command's own. Under their full names, which both of stricli's case styles accept. */
const addedFlags = ({ flags = {} }: Parameters) => {
  const free = ownFlags().filter(
    ({ name, camelName }) => ![name, name.replace(/^no-/, ''), camelName].some((each) => each in flags),
  )
  const flagOf = (brief: string) => ({ kind: 'boolean', brief, optional: true, withNegated: false }) as const
  return Object.fromEntries(free.map(({ name, description }) => [name, flagOf(description)]))
}

const usedIn = ({ flags = {}, aliases = {} }: Parameters, argv: readonly string[], parsed: Flags) =>
  usedOptions(
    argv,
    Object.entries(flags).map(([name, flag]) => ({
      names: [name, ...Object.entries(aliases).flatMap(([alias, of]) => (of === name ? [alias] : []))],
      boolean: flag.kind === 'boolean' || flag.kind === 'counter',
      choices: flag.kind === 'enum' ? flag.values : undefined,
      value: parsed[name],
    })),
  )

const watchCommand = <Context extends CommandContext>(
  command: Command<Context>,
  path: readonly string[],
  adapter: Adapter,
): Command<Context> => {
  const own = addedFlags(command.parameters)
  const watchFunction = (func: Func): Func =>
    function (flags, ...args) {
      adapter.attempt('heed the options', () => adapter.heed(flags))
      const others = Object.fromEntries(Object.entries(flags).filter(([name]) => !(name in own)))
      return adapter.run(
        path,
        async (operation) => {
          const result = await func.call(this, others, ...args)
          // A command may return an error where others throw one.
          if (result instanceof Error) operation?.error(result)
          return result
        },
        () => usedIn(command.parameters, adapter.argv, flags),
      )
    }
  const load = async (): Promise<Func> => {
    try {
      const loaded = await command.loader()
      return (typeof loaded === 'function' ? loaded : loaded.default) as Func
    } catch (error) {
      return adapter.run(path, () => {
        throw error
      })
    }
  }
  return {
    ...command,
    parameters: { ...command.parameters, flags: { ...own, ...command.parameters.flags } },
    formatHelp: watchHelp(command.formatHelp.bind(command), adapter),
    loader: async () => watchFunction(await load()) as Awaited<ReturnType<typeof command.loader>>,
  }
}

const watchRoutes = <Context extends CommandContext>(
  routes: RouteMap<Context>,
  path: readonly string[],
  adapter: Adapter,
  style: 'original' | 'convert-camel-to-kebab',
): RouteMap<Context> => {
  const entries = routes.getAllEntries().map((entry) => ({
    ...entry,
    original: entry.target,
    target: watch(entry.target, [...path, entry.name[style]], adapter, style),
  }))
  const watchedOf = <T extends Target<Context> | undefined>(target: T): T =>
    (entries.find(({ original }) => original === target)?.target ?? target) as T
  return {
    ...routes,
    formatHelp: watchHelp(routes.formatHelp.bind(routes), adapter),
    getAllEntries: () => entries,
    getDefaultCommand: () => watchedOf(routes.getDefaultCommand()),
    getRoutingTargetForInput: (input) => watchedOf(routes.getRoutingTargetForInput(input)),
  }
}

const watch = <Context extends CommandContext>(
  target: Target<Context>,
  path: readonly string[],
  adapter: Adapter,
  style: 'original' | 'convert-camel-to-kebab',
): Target<Context> =>
  isRouteMap(target) ? watchRoutes(target, path, adapter, style) : watchCommand(target, path, adapter)

const firstCommand = <Context extends CommandContext>(routes: RouteMap<Context>): Command<Context> | undefined => {
  for (const { target } of routes.getAllEntries()) {
    const command = isRouteMap(target) ? firstCommand(target) : target
    if (command) return command
  }
  return undefined
}

/** Routes that lead to the command whatever follows: a command of stricli's accepts no options but its own. */
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

/** Only where the operand is a mistake: a default command would get it. */
const addTelemetryCommand = <Context extends CommandContext>(
  routes: RouteMap<Context>,
  adapter: Adapter,
): RouteMap<Context> => {
  const { name, description } = telemetryCommand
  if (routes.getDefaultCommand() || routes.getRoutingTargetForInput(name)) return routes
  const target = telemetryRoutes(routes, async () => {
    await adapter.runTelemetry()
    // stricli 1.0 ends the process with a code of its own.
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

const instrument = <Context extends CommandContext>(
  app: Application<Context>,
  adapter: Adapter,
): Application<Context> => {
  const watched = watch(app.root, [], adapter, app.config.documentation.caseStyle)
  const { localization } = app.config
  const loadText = 'loadText' in localization ? localization.loadText : undefined
  const watchedLocalization = loadText && {
    ...localization,
    loadText: (locale: string) => {
      const text = loadText(locale)
      return text && watchMistakes(text, adapter)
    },
  }
  return {
    ...app,
    root: isRouteMap(watched) ? addTelemetryCommand(watched, adapter) : watched,
    defaultText: watchMistakes(app.defaultText, adapter),
    config: { ...app.config, localization: watchedLocalization ?? localization },
  }
}

/**
 * Instruments an application of stricli: `run(instrumentStricli(app, options), inputs, context)`. Each command becomes an
 * operation that is named by its route, e.g. `build` or `policy run`; one that returns an error failed. Wrong usage is recorded
 * by its kind. Adds the three telemetry flags to each command and, where it takes no operand away, the command `telemetry`.
 * Throws a TypeError for a wrong option.
 */
export const instrumentStricli = <Context extends CommandContext>(
  app: Application<Context>,
  options: AdapterOptions,
): Application<Context> => {
  const adapter = startAdapter('stricli', options)
  adapter.aside(asideOfArguments(adapter.argv))
  let instrumented = app
  adapter.attempt('instrument it', () => {
    instrumented = instrument(app, adapter)
  })
  return instrumented
}
