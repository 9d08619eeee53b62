import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { testVariables } from '../consent/development.ts'
import { isZombie } from '../machine/container.ts'
import { captureVariable, patienceVariable } from '../machine/variables.ts'
import { type ProgramEnd, runToEnd } from './capture.ts'
import { withoutSwitches } from './guard.ts'
import { type RecordLine, recordsDirectory, type Settings, settingsFile } from './preload-records.ts'
import { type ReceivedRequest, type Receiver, startReceiver } from './receiver.ts'
import { type FoundFile, telemetryFiles } from './telemetry-files.ts'

/** Runs a program several times with the same clock, ids and paths, except for those that its invocation changes. */

/** How the program is started. */
export interface Invocation {
  readonly command: string
  readonly args?: readonly string[] | undefined
  /** Added to the environment of this process, from which variables that control telemetry are removed. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /**
   * Files to write before the run. The key is a path in the working directory, or in the home after `~/`; the value is
   * the content.
   */
  readonly files?: Readonly<Record<string, string>> | undefined
  /** Text for the program's standard input, which is then closed. Default: none. */
  readonly input?: string | undefined
}

/** Absolute paths of the directories of a run. */
export interface Places {
  readonly home: string
  readonly cwd: string
}

/** `send`: as a user runs it, whose events are sent. `inspect`: as with `--inspect-telemetry`. */
export type Mode = 'send' | 'inspect'

/** What a run has produced. */
export interface Observed {
  readonly ended: ProgramEnd
  readonly requests: readonly ReceivedRequest[]
  /** The inspect log. */
  readonly log: string
  /** The records of each process, in the order in which they started. */
  readonly records: readonly (readonly RecordLine[])[]
  /** The telemetry files in the home at the end. */
  readonly files: readonly FoundFile[]
}

const directoryIn = (parent: string, name: string): string => {
  if (basename(name) !== name || name === '' || name === '.' || name === '..')
    throw new TypeError(`not the name of a directory: ${JSON.stringify(name)}`)
  return join(parent, name)
}

const writeFiles = (files: Readonly<Record<string, string>>, { home, cwd }: Places): void => {
  for (const [path, text] of Object.entries(files)) {
    const target = path.startsWith('~/') ? join(home, path.slice(2)) : join(cwd, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
  }
}

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch {
    return false
  }
}

/**
 * The environment without the variables that show that a test or a CI job runs the tool, since a user has none of them.
 */
const inherited = (): NodeJS.ProcessEnv => {
  const { NODE_ENV, ...rest } = withoutSwitches(process.env)
  const isKept = ([name]: readonly [string, unknown]): boolean => !testVariables.includes(name)
  return {
    ...Object.fromEntries(Object.entries(rest).filter(isKept)),
    ...(NODE_ENV !== undefined && NODE_ENV !== 'test' && { NODE_ENV }),
    CI: 'false',
  }
}

/** The factor for time limits. Timers are real, and a busy machine must not decide what is sent in time. */
const patience = '40'

export class Laboratory {
  private readonly base = mkdtempSync(join(tmpdir(), 'cq-same-'))
  private readonly preload = join(this.base, 'preload.cjs')
  private readonly log = join(this.base, 'inspect.log')
  private readonly temporary = join(this.base, 'tmp')
  private readonly now = Date.now()
  private readonly receiver: Receiver
  private readonly timeoutMs: number

  private constructor(receiver: Receiver, timeoutMs: number) {
    this.receiver = receiver
    this.timeoutMs = timeoutMs
    copyFileSync(fileURLToPath(new URL('./preload.cjs', import.meta.url)), this.preload)
  }

  static async open(timeoutMs: number): Promise<Laboratory> {
    return new Laboratory(await startReceiver(), timeoutMs)
  }

  async close(): Promise<void> {
    await this.receiver.close()
    rmSync(this.base, { recursive: true, force: true })
  }

  /** The directories of a run with these names. Throws a TypeError for an invalid name. */
  places(home: string, cwd: string): Places {
    return { home: directoryIn(join(this.base, 'home'), home), cwd: directoryIn(join(this.base, 'cwd'), cwd) }
  }

  /**
   * Runs the program and its delivery child to their end. Rejects if one cannot be started, or does not end in time.
   */
  async run(mode: Mode, places: Places, invocation: Invocation): Promise<Observed> {
    this.prepare(places, invocation)
    const { command, args = [], input } = invocation
    const options = { cwd: places.cwd, input, timeoutMs: this.timeoutMs }
    const ended = await runToEnd(command, args, this.environment(mode, places, invocation), options)
    const records = await this.recordsAtEnd()
    return {
      ended,
      requests: this.receiver.take(),
      log: mode === 'inspect' ? this.logText() : '',
      records,
      files: telemetryFiles(places.home),
    }
  }

  private prepare(places: Places, { files = {} }: Invocation): void {
    const records = recordsDirectory(this.base)
    for (const path of [join(this.base, 'home'), join(this.base, 'cwd'), records, this.temporary, this.log])
      rmSync(path, { recursive: true, force: true })
    for (const path of [places.home, places.cwd, records, this.temporary]) mkdirSync(path, { recursive: true })
    const settings: Settings = { now: this.now, home: places.home, port: this.receiver.port }
    writeFileSync(settingsFile(this.base), JSON.stringify(settings))
    writeFiles(files, places)
  }

  private environment(mode: Mode, { home }: Places, { env = {} }: Invocation): NodeJS.ProcessEnv {
    const { temporary } = this
    const before = inherited()
    return {
      ...before,
      HOME: home,
      USERPROFILE: home,
      TMPDIR: temporary,
      TEMP: temporary,
      TMP: temporary,
      [patienceVariable]: patience,
      ...env,
      NODE_OPTIONS: [before['NODE_OPTIONS'], env['NODE_OPTIONS'], `--require ${JSON.stringify(this.preload)}`]
        .filter((each) => each !== undefined)
        .join(' '),
      ...(mode === 'inspect' && { [captureVariable]: this.log }),
    }
  }

  private records(): RecordLine[][] {
    const directory = recordsDirectory(this.base)
    return readdirSync(directory)
      .sort((a, b) => Number(a) - Number(b))
      .map((name) => readFileSync(join(directory, name), 'utf8').split('\n').slice(0, -1))
      .map((lines) => lines.map((line) => JSON.parse(line) as RecordLine))
  }

  private async recordsAtEnd(): Promise<RecordLine[][]> {
    const children = this.records().flatMap((lines) => lines.flatMap((line) => (line.kind === 'pid' ? [line.pid] : [])))
    for (const end = Date.now() + this.timeoutMs; children.some(runs); await sleep(10)) {
      if (Date.now() < end) continue
      for (const pid of children.filter(runs)) process.kill(pid, 'SIGKILL')
      throw new Error('the delivery child did not end in time (option "timeoutMs")')
    }
    return this.records()
  }

  private logText(): string {
    try {
      return readFileSync(this.log, 'utf8')
    } catch {
      return ''
    }
  }
}
