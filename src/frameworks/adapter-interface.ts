import type { OperationUnit, Options, Telemetry } from '../index.ts'
import type { Aside } from './aside.ts'
import type { UsedOption } from './used-options.ts'

/**
 * The options of `instrument()`, and which commands are recorded. The names of the program's own commands are public:
 * you need not list them in `publicNames.operations`.
 */
export interface AdapterOptions extends Omit<Options, 'command'> {
  /** Commands that are not recorded, each with the commands below it, e.g. `['lsp', 'policy run']`. Default: none. */
  readonly ignore?: readonly string[] | undefined
  /** Also records runs that only ask for these. They never print the notice. Default: none. */
  readonly record?: readonly Aside[] | undefined
  /**
   * Records which of the options that the program declares the user gave: the names, and the values of switches and of
   * closed lists. Default: true.
   */
  readonly options?: boolean | undefined
}

/** In which way the user called the program wrongly. */
export type UsageKind =
  'UsageError' | 'UnknownCommandError' | 'UnknownOptionError' | 'MissingArgumentError' | 'InvalidArgumentError'

export interface Adapter {
  readonly telemetry: Telemetry
  /** The arguments of the user. */
  readonly argv: readonly string[]
  /** Does a part of the adapter's work. If it throws, the host goes on, and `--debug-telemetry` says what failed. */
  readonly attempt: (what: string, work: () => void) => void
  /** Does a part of the adapter's work once for each object. */
  readonly once: (target: object, work: () => void) => void
  /**
   * Runs a command of the program as an operation and returns what it returns. `path` is the command's path without
   * arguments; it is empty for a program that is one command. `used` returns those options that the user gave and the
   * program declares.
   */
  readonly run: <T>(
    path: readonly string[],
    action: (operation?: OperationUnit) => T,
    used?: () => readonly UsedOption[],
  ) => T
  /**
   * For a framework that awaits its commands: asks the user whether telemetry may be on (`consent: 'ask'`), before the
   * command. Returns undefined where there is nothing to ask, as in nearly every run, so that nothing waits.
   */
  readonly ask: (path: readonly string[]) => Promise<void> | undefined
  /** Records that the user called the program wrongly. `kind` is one of a fixed set, never the user's input. */
  readonly usageError: (kind: UsageKind) => void
  /** The program shows its help, its version or completions. Ignored once a command has run. */
  readonly aside: (kind: Aside | undefined) => void
  /**
   * Reads the telemetry flags from what the program's own parser has read, by the names of its options. The parser may
   * know more ways to say no than the arguments show: a short flag, an alias, a variable, a configuration file.
   */
  readonly heed: (parsed: Readonly<Record<string, unknown>>) => void
  /** The parser is done. Prints the notice if it is due, also for a program that runs no command. */
  readonly parsed: () => void
  /** Makes the texts for users name `<tool> telemetry …` instead of `npx cq-telemetry --tool <tool> …`. */
  readonly hasTelemetryCommand: () => void
  /**
   * Runs `<tool> telemetry …` and sets the exit code. `args` are the arguments after the word `telemetry`; by default
   * they are found in `argv`. Never rejects.
   */
  readonly runTelemetry: (args?: readonly string[]) => Promise<void>
}
