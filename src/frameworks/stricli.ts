/**
 * For authors of tools on Stricli, 1 and newer. docs/adapters.md says what each adapter does.
 *
 * @module
 */
import type { Application, Command, CommandContext, RouteMap } from '@stricli/core'
import { type Adapter, type AdapterOptions, asideOfArguments, startAdapter, usedOptions } from './adapter.ts'
import { addedFlags, addTelemetryCommand, watchHelp } from './stricli-additions.ts'
import { watchMistakes } from './stricli-mistakes.ts'

export type { AdapterOptions } from './adapter.ts'

type Target<Context extends CommandContext> = Command<Context> | RouteMap<Context>
type Parameters = Command<CommandContext>['parameters']
type Flags = Readonly<Record<string, unknown>>
type Func = (this: unknown, flags: Flags, ...args: unknown[]) => unknown

const isRouteMap = <Context extends CommandContext>(target: Target<Context>): target is RouteMap<Context> =>
  'getAllEntries' in target

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
      const run = () =>
        adapter.run(
          path,
          async (operation) => {
            const result = await func.call(this, others, ...args)
            // A command may return an error instead of throwing it.
            if (result instanceof Error) operation?.error(result)
            return result
          },
          () => usedIn(command.parameters, adapter.argv, flags),
        )
      const asked = adapter.ask(path)
      return asked ? asked.then(run) : run()
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
 * Instruments a Stricli application: `run(instrumentStricli(app, options), inputs, context)`. Each command becomes an
 * operation, named by its route, e.g. `build` or `policy run`; a command that returns an error has failed. Throws a
 * TypeError for a wrong option.
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
