import { instrumentLater, type Options } from '../index.ts'
import type { Adapter, AdapterOptions } from './adapter-interface.ts'
import { type Aside, asideOfArguments, asideOfPath, isShellCompletion } from './aside.ts'
import { argsOfTelemetryCommand, runTelemetry } from './telemetry-command.ts'
import { withOwnNames } from './public-names.ts'
import { recordedNames, type UsedOption } from './used-options.ts'

/** The name of an operation: the words of the command's path. */
const operationName = (path: readonly string[], app: string): string =>
  path.length > 0 ? path.join(' ').toLowerCase() : app

const checkNames = (option: string, names: readonly string[]): void => {
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string'))
    throw new TypeError(`instrument: option "${option}" must be a list of names`)
}

/**
 * Names of commands that have run and of options that were used, in all programs of this process, because the programs
 * of one tool share one run.
 */
const commandNames = new Set<string>()
const optionNames = new Set<string>()
const instrumented = new WeakSet<object>()

/** The options that are passed on. They may change until the run starts. */
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** What the programs of one process share, since they share its run. */
interface Shared {
  /** The adapter adds flags that a parser has read. */
  readonly argv: string[]
  readonly own: Mutable<Options>
  /** Whether a command has started, or a usage error was recorded. */
  begun: boolean
}
const sharedBy = new WeakMap<object, Shared>()

/**
 * Starts the telemetry of a program. `framework` is its name in the output of `--debug-telemetry`. Throws a TypeError
 * for a wrong option.
 */
export const startAdapter = (framework: string, adapterOptions: AdapterOptions): Adapter => {
  const { ignore = [], record = [], options: recordsOptions = true, ...options } = adapterOptions
  checkNames('ignore', ignore)
  checkNames('record', record)
  if (typeof recordsOptions !== 'boolean') throw new TypeError('instrument: option "options" must be true or false')
  const given = options.argv ?? process.argv.slice(2)
  const argv = [...given]
  const name = options.app?.name
  const own: Mutable<Options> = {
    ...options,
    argv,
    publicNames: withOwnNames(
      options.publicNames,
      (each) => commandNames.has(each),
      (each) => optionNames.has(each),
      recordsOptions,
    ),
  }
  const { telemetry, debug, ask } = instrumentLater(own)
  const shared = sharedBy.get(telemetry) ?? { argv, own, begun: false }
  sharedBy.set(telemetry, shared)

  let asked: Aside | undefined
  const leaveOut = (what: string): void => {
    shared.argv.unshift('--no-telemetry')
    debug(`this run is not recorded (${what})`)
  }
  const leaveOutAside = (kind: Aside): void => {
    if (record.includes(kind)) shared.own.notice = 'silent'
    else leaveOut(kind)
  }
  const attempt: Adapter['attempt'] = (what, work) => {
    try {
      work()
    } catch {
      debug(`the adapter for ${framework} could not ${what}`)
    }
  }

  const namesOf = (used: (() => readonly UsedOption[]) | undefined): readonly string[] => {
    let names: readonly string[] = []
    if (recordsOptions && telemetry.enabled && used)
      attempt('see which options were used', () => (names = used().flatMap(recordedNames)))
    for (const each of names) optionNames.add(each).add(each.replace(/=.*/s, ''))
    return names
  }

  if (isShellCompletion(process.env)) leaveOutAside('completion')
  if (telemetry.enabled)
    process.prependOnceListener('exit', () => {
      if (!shared.begun && asked) leaveOutAside(asked)
    })
  return {
    telemetry,
    argv: given,
    attempt,
    once: (target, work) =>
      attempt('instrument it', () => {
        if (!instrumented.has(target)) work()
        instrumented.add(target)
      }),
    run: (path, action, used) => {
      shared.begun = true
      const operation = operationName(path, name)
      const kind = asideOfPath(path)
      const ignored = ignore.find((each) => operation === each || operation.startsWith(`${each} `))
      if (kind) leaveOutAside(kind)
      if (ignored !== undefined) leaveOut(`the option "ignore" has ${ignored}`)
      if (ignored !== undefined || (kind && !record.includes(kind))) return action()
      commandNames.add(operation)
      return telemetry.operation({ name: operation, options: namesOf(used) }, action)
    },
    ask: (path) => {
      const operation = operationName(path, name)
      const ignored = ignore.some((each) => operation === each || operation.startsWith(`${each} `))
      return ignored || asideOfPath(path) ? undefined : ask()
    },
    usageError: (kind) => {
      if (shared.begun) return
      shared.begun = true
      telemetry.error({ name: kind })
    },
    aside: (kind) => {
      asked ??= kind
    },
    heed: (parsed) => {
      const value = (kebab: string, camel: string) => parsed[camel] ?? parsed[kebab]
      if (parsed['telemetry'] === false || value('no-telemetry', 'noTelemetry') === true)
        shared.argv.unshift('--no-telemetry')
      if (value('inspect-telemetry', 'inspectTelemetry') === true) shared.argv.unshift('--inspect-telemetry')
    },
    parsed: () => {
      // Any use of the handle starts the run. If another program of the process shows its help, the run is not started
      // for that.
      if (!shared.begun && !asked && !asideOfArguments(given)) telemetry.childEnv({})
    },
    hasTelemetryCommand: () => {
      shared.own.command = `${name} telemetry`
    },
    runTelemetry: (args = argsOfTelemetryCommand(given)) => {
      shared.begun = true
      leaveOut('a telemetry command')
      return runTelemetry(args, { ...own, command: shared.own.command, argv: given })
    },
  }
}
