/**
 * For authors of tools on Commander, 8 and newer. docs/adapters.md says what each adapter does.
 *
 * @module
 */
import type { Command } from 'commander'
import type { Telemetry } from '../index.ts'
import { type Adapter, type AdapterOptions, startAdapter, type UsedOption } from './adapter.ts'
import { addFlags, addTelemetryCommand } from './commander-additions.ts'
import { hasAction, watchExecutables, watchExit, wrapAction } from './commander-internals.ts'

export type { AdapterOptions } from './adapter.ts'

/** The command and those above it, from the program down. */
const chainOf = (command: Command): Command[] => [...(command.parent ? chainOf(command.parent) : []), command]

const pathOf = (command: Command): string[] =>
  chainOf(command)
    .slice(1)
    .map((each) => each.name())

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)]

/** The value of an option. The program may convert a text to `false`, so `false` counts only for switches. */
const valueIn = (command: Command, option: Command['options'][number]): unknown => {
  const name = option.attributeName()
  const value = command.getOptionValue(name) as unknown
  const isSwitch = (each: typeof option) => each.attributeName() === name && !each.required && !each.optional
  return value !== false || command.options.some(isSwitch) ? value : undefined
}

/** The options that the arguments contain. Versions before 8.3 do not tell. */
const usedBy = (command: Command): readonly UsedOption[] =>
  command.options
    .filter((option) => command.getOptionValueSource?.(option.attributeName()) === 'cli')
    .map((option) => ({
      names: [option.negate ? option.name().replace(/^no-/, '') : option.name()],
      choices: option.argChoices,
      value: valueIn(command, option),
    }))

const usedFor = (command: Command) => (): readonly UsedOption[] => chainOf(command).flatMap(usedBy)

const heedOptions = (command: Command, adapter: Adapter): void => {
  for (const each of chainOf(command)) adapter.heed(each.opts())
}

const watchEnds = (command: Command, adapter: Adapter): void => {
  const outputHelp = command.outputHelp.bind(command)
  command.outputHelp = (...args: []) => {
    adapter.aside('help')
    outputHelp(...args)
  }
  watchExit(command, (code, kind) =>
    adapter.attempt('record how it ended', () => {
      heedOptions(command, adapter)
      if (code === 'commander.version') adapter.aside('version')
      else if (!code.startsWith('commander.help')) adapter.usageError(kind)
    }),
  )
}

/** Called after the program was parsed, since only then all of its commands and options exist. */
const prepare = (program: Command, adapter: Adapter, awaited: () => boolean): void => {
  let own: Command | undefined
  adapter.attempt('add the command', () => (own = addTelemetryCommand(program, adapter)))
  for (const command of everyCommand(program)) {
    adapter.attempt('watch how it ends', () => watchEnds(command, adapter))
    adapter.attempt('watch its executables', () =>
      watchExecutables(command, (subcommand, action) => {
        adapter.attempt('heed the options', () => heedOptions(command, adapter))
        void adapter.run(pathOf(subcommand), action, usedFor(command))
      }),
    )
    if (command !== own) adapter.attempt('add the flags', () => addFlags(command, adapter))
  }
  adapter.attempt('watch its actions', () =>
    program.hook('preAction', (_, command) => {
      let asked: Promise<void> | undefined
      adapter.attempt('record an action', () => {
        heedOptions(command, adapter)
        if (command === own) return
        wrapAction(command, adapter, pathOf(command), usedFor(command))
        if (awaited()) asked = adapter.ask(pathOf(command))
      })
      return asked
    }),
  )
}

/** Calls `use` before the program is parsed or shows its help, and `done` when it is parsed. */
const whenUsed = (program: Command, use: (awaited: boolean) => void, done: () => void): void => {
  const replace = (name: 'parse' | 'parseAsync' | 'helpInformation', after?: () => void) => {
    const method = program[name].bind(program) as (...args: unknown[]) => unknown
    Object.assign(program, {
      [name]: (...args: unknown[]) => {
        use(name === 'parseAsync')
        const result = method(...args)
        after?.()
        return result
      },
    })
  }
  replace('parse', done)
  replace('parseAsync', done)
  replace('helpInformation')
}

/**
 * Instruments a Commander program. Each command becomes an operation, named by its path, e.g. `build` or `policy run`.
 * Call it before `parse()`; you can add commands before or after. Throws a TypeError for a wrong option.
 */
export const instrumentCommander = (program: Command, options: AdapterOptions): Telemetry => {
  const adapter = startAdapter('commander', options)
  adapter.once(program, () => {
    let prepared = false
    /** Whether the host awaits the program. The action of `parse()` runs before `parse()` returns. */
    let isAwaited = false
    const use = (awaited: boolean) => {
      isAwaited = awaited
      if (!prepared) prepare(program, adapter, () => isAwaited)
      prepared = true
    }
    const done = () => {
      if (program.commands.length === 0 && !hasAction(program)) adapter.parsed()
    }
    whenUsed(program, use, done)
  })
  return adapter.telemetry
}
