/**
 * What the adapters of all frameworks share, and what an adapter of your own is written with. docs/adapters.md says how.
 *
 * @module
 */
import { instrumentLater, type Options, type Telemetry } from '../index.ts'
import { type Aside, asideOfPath, isShellCompletion } from './aside.ts'
import { runTelemetry } from './telemetry-command.ts'

export { telemetryFlags } from '../index.ts'
export { type Aside, asideOfArguments } from './aside.ts'
export { argsOfTelemetryCommand, telemetryCommand } from './telemetry-command.ts'

/**
 * The options of `instrument()`, and which commands are recorded. The names of the program's own commands are public, so
 * they need not be declared in `publicNames.operations`.
 */
export interface AdapterOptions extends Omit<Options, 'command'> {
  /** Commands whose runs are not recorded, each with the commands below it, e.g. `['lsp', 'policy run']`. Default: none. */
  readonly ignore?: readonly string[] | undefined
  /** Also records runs that only ask for these. They never print the notice. Default: none of them is recorded. */
  readonly record?: readonly Aside[] | undefined
}

export type UsageKind =
  'UsageError' | 'UnknownCommandError' | 'UnknownOptionError' | 'MissingArgumentError' | 'InvalidArgumentError'

export interface Adapter {
  readonly telemetry: Telemetry
  /** Does a part of the adapter's own work. If it throws, the host goes on, and `--debug-telemetry` says what failed. */
  readonly attempt: (what: string, work: () => void) => void
  /**
   * Runs a command of the program as an operation and returns what it returns. `path` is its path in the program, without
   * arguments; empty for a program that is one command.
   */
  readonly run: <T>(path: readonly string[], action: () => T) => T
  /** Records that the user called the program wrongly. `kind` is one of a fixed set, never the user's input. */
  readonly usageError: (kind: UsageKind) => void
  /** The program shows its help, its version or completions. Ignored once a command has run. */
  readonly aside: (kind: Aside) => void
  /**
   * Takes over what the program's own parser has read, by the names of its options. The parser may know more ways of
   * saying no than the arguments show: a short flag, an alias, a variable, a configuration file.
   */
  readonly heed: (parsed: Readonly<Record<string, unknown>>) => void
  /** The parser is done: the notice is printed, if it is due, also for a program that runs no command. */
  readonly parsed: () => void
  /** Has the texts for users name `<tool> telemetry …` in place of `npx cq-telemetry --tool <tool> …`. */
  readonly hasTelemetryCommand: () => void
  /** Runs `<tool> telemetry …`, sets the exit code and never rejects. */
  readonly runTelemetry: (args: readonly string[]) => Promise<void>
}

/** The name of an operation: the words of the command's path. */
const operationName = (path: readonly string[], app: string): string =>
  path.length > 0 ? path.join(' ').toLowerCase() : app

const declares = (declared: NonNullable<Options['publicNames']>['operations'], name: string): boolean =>
  typeof declared === 'function' ? declared(name) : (declared?.includes(name) ?? false)

const checkNames = (option: string, names: readonly string[]): void => {
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string'))
    throw new TypeError(`instrument: option "${option}" must be a list of names`)
}

/** Names of commands that have run. Of all programs in this process, because those of one tool share one run. */
const commandNames = new Set<string>()

/** The options as they are handed on; they hold until the run starts. */
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Starts telemetry for a program. `framework` is named under debug. Throws a TypeError for a wrong option. */
export const startAdapter = (framework: string, { ignore = [], record = [], ...options }: AdapterOptions): Adapter => {
  checkNames('ignore', ignore)
  checkNames('record', record)
  const given = options.argv ?? process.argv.slice(2)
  // A copy: flags that the parser has read are added.
  const argv = [...given]
  const name = options.app?.name
  const own: Mutable<Options> = {
    ...options,
    argv,
    command: `npx cq-telemetry --tool ${name}`,
    publicNames: {
      ...options.publicNames,
      operations: (each) => commandNames.has(each) || declares(options.publicNames?.operations, each),
    },
  }
  const { telemetry, debug } = instrumentLater(own)

  /** A command has started, or a usage error is recorded. */
  let begun = false
  let asked: Aside | undefined
  const leaveOut = (what: string): void => {
    argv.unshift('--no-telemetry')
    debug(`this run is not recorded (${what})`)
  }
  const leaveOutAside = (kind: Aside): void => {
    if (record.includes(kind)) own.notice = 'silent'
    else leaveOut(kind)
  }
  const attempt: Adapter['attempt'] = (what, work) => {
    try {
      work()
    } catch {
      debug(`the adapter for ${framework} could not ${what}`)
    }
  }

  if (isShellCompletion(process.env)) leaveOutAside('completion')
  if (telemetry.enabled)
    process.prependOnceListener('exit', () => {
      if (!begun && asked) leaveOutAside(asked)
    })
  return {
    telemetry,
    attempt,
    run: (path, action) => {
      begun = true
      const operation = operationName(path, name)
      const kind = asideOfPath(path)
      const ignored = ignore.find((each) => operation === each || operation.startsWith(`${each} `))
      if (kind) leaveOutAside(kind)
      if (ignored !== undefined) leaveOut(`the option "ignore" has ${ignored}`)
      if (ignored !== undefined || (kind && !record.includes(kind))) return action()
      commandNames.add(operation)
      return telemetry.operation(operation, action)
    },
    usageError: (kind) => {
      if (begun) return
      begun = true
      telemetry.error({ name: kind })
    },
    aside: (kind) => {
      asked ??= kind
    },
    heed: (parsed) => {
      const value = (kebab: string, camel: string) => parsed[camel] ?? parsed[kebab]
      if (parsed['telemetry'] === false || value('no-telemetry', 'noTelemetry') === true) argv.unshift('--no-telemetry')
      if (value('inspect-telemetry', 'inspectTelemetry') === true) argv.unshift('--inspect-telemetry')
    },
    parsed: () => {
      // Any use of the handle starts the run.
      if (!begun && !asked) telemetry.childEnv({})
    },
    hasTelemetryCommand: () => {
      own.command = `${name} telemetry`
    },
    runTelemetry: (args) => {
      begun = true
      leaveOut('a telemetry command')
      return runTelemetry(args, { ...own, argv: given })
    },
  }
}
