/**
 * For authors of tools on cac, 6.7 and newer. docs/adapters.md says what each adapter does.
 *
 * @module
 */
// The attribute is for the declarations of CommonJS hosts, since cac 7 has only ES modules.
import type { CAC, Command } from 'cac' with { 'resolution-mode': 'import' }
import type { Telemetry } from '../index.ts'
import {
  type Adapter,
  type AdapterOptions,
  asideOfArguments,
  startAdapter,
  type UsageKind,
  usedOptions,
} from './adapter.ts'
import { addFlags, addTelemetryCommand } from './cac-additions.ts'

export type { AdapterOptions } from './adapter.ts'

/**
 * The checks that a command makes before its action. Each throws if the user called it wrongly. The last one is new in
 * cac 7.
 */
const checks = {
  checkUnknownOptions: 'UnknownOptionError',
  checkOptionValue: 'MissingArgumentError',
  checkRequiredArgs: 'MissingArgumentError',
  checkUnusedArgs: 'InvalidArgumentError',
} as const satisfies Partial<Record<keyof Command, UsageKind>>

const usedIn = ({ rawArgs, globalCommand }: CAC, command: Command) => {
  const options = [...globalCommand.options, ...command.options]
  const declared = options.map(({ name, names, isBoolean }) => ({ names: [name, ...names], boolean: isBoolean }))
  return usedOptions(rawArgs.slice(2), declared)
}

const watchCommand = (cli: CAC, command: Command, adapter: Adapter): void => {
  for (const [name, kind] of Object.entries(checks) as [keyof typeof checks, UsageKind][]) {
    const check = command[name]?.bind(command)
    if (!check) continue
    command[name] = () => {
      try {
        check()
      } catch (error) {
        adapter.usageError(kind)
        throw error
      }
    }
  }
  const { commandAction } = command
  if (!commandAction) return
  command.commandAction = function (this: unknown, ...args: unknown[]): unknown {
    return adapter.run(
      command.name === '' ? [] : [command.name],
      () => Reflect.apply(commandAction, this, args),
      () => usedIn(cli, command),
    )
  }
}

/**
 * Watches the ends without a command. cac reports an unknown command only by an event, and also after it has shown the
 * help of a command.
 */
const watchEnds = (cli: CAC, adapter: Adapter): void => {
  let shown = false
  const watchOutput = (method: 'outputHelp' | 'outputVersion', kind: 'help' | 'version') => {
    const output = cli[method].bind(cli)
    cli[method] = () => {
      shown = true
      adapter.aside(kind)
      output()
    }
  }
  watchOutput('outputHelp', 'help')
  watchOutput('outputVersion', 'version')
  const onUnknown = () => {
    if (!shown && cli.commands.length > 0) adapter.usageError('UnknownCommandError')
  }
  if ('addEventListener' in cli) cli.addEventListener('command:*', onUnknown)
  // cac 6
  else (cli as unknown as NodeJS.EventEmitter).on('command:*', onUnknown)
}

const watchParsing = (cli: CAC, adapter: Adapter): void => {
  const [parse, runMatchedCommand] = [cli.parse.bind(cli), cli.runMatchedCommand.bind(cli)]
  let ours: string[] | undefined
  /** Called after the program was parsed, since only then all of its commands and options exist. */
  const prepare = () => {
    if (ours) return
    ours = addFlags(cli)
    for (const command of cli.commands) watchCommand(cli, command, adapter)
    addTelemetryCommand(cli, adapter)
  }
  const heed = () => {
    adapter.heed(cli.options)
    for (const name of ours ?? []) delete cli.options[name]
  }
  cli.parse = (...args) => {
    adapter.attempt('prepare its commands', prepare)
    const parsed = parse(...args)
    adapter.attempt('heed the options', heed)
    if (!cli.commands.some(({ commandAction }) => commandAction)) adapter.parsed()
    return parsed
  }
  cli.runMatchedCommand = () => {
    adapter.attempt('heed the options', heed)
    return runMatchedCommand() as unknown
  }
}

/**
 * Instruments a cac program. Each command becomes an operation of its name, e.g. `build`; a default command has the
 * name of the program. Call it before `parse()`; you can add commands before or after. Throws a TypeError for a wrong
 * option.
 */
export const instrumentCac = (cli: CAC, options: AdapterOptions): Telemetry => {
  const adapter = startAdapter('cac', options)
  if (asideOfArguments(adapter.argv) === 'completion') adapter.aside('completion')
  adapter.once(cli, () => {
    watchEnds(cli, adapter)
    watchParsing(cli, adapter)
  })
  return adapter.telemetry
}
