import { AssertionError } from 'node:assert'
import { type Difference, firstDifference, type Vary } from './differences.ts'
import { type Invocation, Laboratory, type Mode, type Observed, type Places } from './laboratory.ts'
import { childStarts, type Sink, type Sinks, sinksOf } from './sinks.ts'

/** The secrets of a user, under names that you choose. `home` and `cwd` are the names of the directories of the run. */
export type Secrets<Name extends string> = Readonly<Record<Name, string>> & {
  /** Name of the home directory. Default: `alice`, and `bartholomew` in the second run. */
  readonly home?: string
  /** Name of the working directory. Default: `shop`, and `customer-database` in the second run. */
  readonly cwd?: string
}

/**
 * How the program is started with these secrets. The function must depend on nothing else, since it is called again for
 * each run.
 */
export type Program<Name extends string> = (secrets: Secrets<Name>, places: Places) => Invocation

/** What may differ, and how long a run may take. */
export interface NonInterferenceOptions {
  /**
   * Fields that may differ, besides `variesByDefault`: an attribute's key, or the end of the path that an error names.
   */
  readonly vary?: Vary | undefined
  /** Milliseconds that one run and its delivery child may take each. Default 30,000. */
  readonly timeoutMs?: number | undefined
}

/** How many bytes of each sink were compared. */
export type Compared = Readonly<Record<Sink, number>>

/**
 * Fields that always vary: what the delivery child needs to find its files, and the process ids in the names of files.
 */
export const variesByDefault = {
  child: ['env.HOME', 'env.USERPROFILE', 'job.directory'],
  spool: ['owner', 'started.pid'],
} as const satisfies Vary

const modes: readonly Mode[] = ['send', 'inspect']

type Named = Readonly<Record<string, string>>

const withDefault = (sink: Sink, vary: Vary): readonly string[] => [
  ...((variesByDefault as Vary)[sink] ?? []),
  ...(vary[sink] ?? []),
]

/** Runs a program with secrets, and finds out why two runs differ. */
class Trial {
  private readonly laboratory: Laboratory
  private readonly program: Program<string>
  private readonly vary: Vary

  constructor(laboratory: Laboratory, program: Program<string>, vary: Vary) {
    this.laboratory = laboratory
    this.program = program
    const sinks: Sink[] = ['otlp', 'rudder', 'other', 'spool', 'inspect', 'stderr', 'child']
    this.vary = Object.fromEntries(sinks.map((sink) => [sink, withDefault(sink, vary)]))
  }

  run(mode: Mode, secrets: Named): Promise<Observed> {
    const places = this.laboratory.places(secrets['home'] ?? '', secrets['cwd'] ?? '')
    return this.laboratory.run(mode, places, this.program(secrets, places))
  }

  difference(a: Observed, b: Observed): Difference | undefined {
    return firstDifference(sinksOf(a), sinksOf(b), this.vary)
  }

  /**
   * Says why the field differs: because of the program itself, or of those secrets that make it differ when each alone
   * is changed.
   */
  async explain(mode: Mode, { sink, field }: Difference, first: Observed, a: Named, b: Named): Promise<string> {
    const changes = async (secrets: Named): Promise<boolean> => {
      const found = this.difference(first, await this.run(mode, secrets))
      return found?.sink === sink && found.field === field
    }
    if (await changes(a)) return 'The program does not repeat itself: it differs with the same secrets too.'
    const guilty: string[] = []
    for (const name of Object.keys(a))
      if (a[name] !== b[name] && (await changes({ ...a, [name]: b[name] ?? '' }))) guilty.push(name)
    if (guilty.length === 0) return 'No secret explains it when it alone is changed.'
    return `Explained by ${guilty.map((name) => JSON.stringify(name)).join(', ')}, changed alone.`
  }
}

const shown = (value: string | undefined): string => {
  if (value === undefined) return '(nothing)'
  return value.length > 300 ? `${value.slice(0, 300)}…` : value
}

/** A long value is shown from a little before its first byte that differs. */
const around = (value: string | undefined, other: string | undefined): string | undefined => {
  if (value === undefined || other === undefined || value.length <= 300) return value
  let at = 0
  while (at < value.length && value[at] === other[at]) at++
  return at > 50 ? `…${value.slice(at - 50)}` : value
}

const endOf = ({ ended: { code, signal } }: Observed): string => signal ?? `exit code ${String(code)}`

const fail = (mode: Mode, found: Difference, why: string, a: Observed, b: Observed): never => {
  const { sink, field } = found
  const lines = [
    `telemetry depends on a secret: ${sink}, ${field}${mode === 'inspect' ? ' (inspected)' : ''}`,
    `  first:  ${shown(around(found.a, found.b))}`,
    `  second: ${shown(around(found.b, found.a))}`,
    why,
    ...(endOf(a) === endOf(b) ? [] : [`The program itself ended differently: ${endOf(a)}, ${endOf(b)}.`]),
  ]
  throw new AssertionError({
    message: lines.join('\n'),
    actual: found.b,
    expected: found.a,
    operator: 'assertNonInterference',
  })
}

const ruleIn = ({ records }: Observed): string | undefined => {
  const said = records.flat().map((line) => (line.kind === 'stderr' ? line.text : ''))
  return /telemetry is off \((.*)\)/.exec(said.join(''))?.[1]
}

const whyNothing = (observed: Observed): string => {
  if (observed.records.length === 0) return 'the program is no program of Node.js, or drops NODE_OPTIONS'
  const rule = ruleIn(observed)
  return rule === undefined ? 'the program records nothing' : `telemetry is off (${rule})`
}

/** Throws if nothing is recorded or sent, since such a run would pass whatever it leaks. */
const assertRecorded = (observed: Observed): void => {
  const { stdout, stderr } = observed.ended
  const what = `the program ended with ${endOf(observed)}: ${shown(stderr || stdout)}`
  const spooled = sinksOf(observed).spool.some(({ field }) => field.endsWith('.owner'))
  if (!spooled) throw new Error(`nothing was compared: ${whyNothing(observed)}; ${what}`)
  if (childStarts(observed).length > 0 && observed.requests.length === 0)
    throw new Error(`the wire was not compared: the delivery child sent nothing; ${what}`)
}

const bytes = (sinks: Sinks): Compared =>
  Object.fromEntries(
    Object.entries(sinks).map(([sink, parts]) => [
      sink,
      parts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
    ]),
  ) as Compared

/**
 * Runs a program with two sets of secrets, under the same clock and the same source of ids. Everything that is sent or
 * that telemetry writes must be the same byte for byte (see `Sink`). Nothing is sent to the network. The program runs
 * four times, and more often to explain a difference. Resolves with the number of bytes that were compared. Rejects
 * with an AssertionError that names the first field that differs and the secrets that explain it. Rejects with an Error
 * if nothing is recorded, or if a run does not end in time.
 */
export const assertNonInterference = async <const Name extends string>(
  program: Program<Name>,
  secretsA: Secrets<Name>,
  secretsB: Secrets<NoInfer<Name>>,
  options: NonInterferenceOptions = {},
): Promise<Compared> => {
  const a: Named = { home: 'alice', cwd: 'shop', ...secretsA }
  const b: Named = { home: 'bartholomew', cwd: 'customer-database', ...secretsB }
  const laboratory = await Laboratory.open(options.timeoutMs ?? 30_000)
  const trial = new Trial(laboratory, program as unknown as Program<string>, options.vary ?? {})
  const sums: Record<string, number> = {}
  try {
    for (const mode of modes) {
      const [first, second] = [await trial.run(mode, a), await trial.run(mode, b)]
      if (mode === 'send') for (const each of [first, second]) assertRecorded(each)
      const found = trial.difference(first, second)
      if (found) fail(mode, found, await trial.explain(mode, found, first, a, b), first, second)
      for (const [sink, count] of Object.entries(bytes(sinksOf(first)))) sums[sink] = (sums[sink] ?? 0) + count
    }
    return sums as unknown as Compared
  } finally {
    await laboratory.close()
  }
}
