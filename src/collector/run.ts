import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { findCollector } from './build.ts'
import { pipelines } from './pipeline-table.ts'
import { configArguments, memoryLimit } from './pipelines.ts'
import { serviceScript } from './script.ts'
import { endTruncatedLine } from './truncated-line.ts'

/** The command `collector`: finds or builds the collector, and runs a pipeline with it. */

export interface RunOptions {
  readonly with?: readonly string[]
  readonly validate?: boolean
  readonly print?: boolean
}

type Say = (line: string) => void

const environment = async (added: readonly string[]): Promise<NodeJS.ProcessEnv> => {
  const { CQ_DATA = 'collector-data', CQ_GEO, ...rest } = process.env
  const geo = CQ_GEO || (added.includes('geo') && (await import('./countries.ts')).countryDatabase())
  return { ...rest, CQ_DATA, GOMEMLIMIT: memoryLimit(rest), ...(geo && { CQ_GEO: geo }) }
}

/** The collector ends by SIGTERM; by SIGHUP it would only read its configuration again. */
const signals: Readonly<Partial<Record<NodeJS.Signals, NodeJS.Signals>>> = {
  SIGINT: 'SIGINT',
  SIGTERM: 'SIGTERM',
  SIGHUP: 'SIGTERM',
}

const parent = process.ppid

/**
 * Ends with the parent process. npm and npx run a command in a shell. They pass a signal to that shell, which ends
 * without passing it on (tried with npm 11), so the end of the parent stands for the signal.
 */
const onParentsEnd = (end: () => void): NodeJS.Timeout | undefined =>
  process.env['npm_command'] === undefined
    ? undefined
    : setInterval(() => {
        if (process.ppid !== parent) end()
      }, 200)

/** Runs the collector in the foreground until it ends. Returns its exit code, or 128 and the number of its signal. */
const runForeground = (command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env })
    for (const [signal, passed] of Object.entries(signals)) process.on(signal, () => child.kill(passed))
    const timer = onParentsEnd(() => child.kill('SIGTERM'))
    child.on('error', ({ code }: NodeJS.ErrnoException) => {
      clearInterval(timer)
      reject(new Error(`the collector ${command} cannot be started (${code})`))
    })
    child.on('exit', (code, signal) => {
      clearInterval(timer)
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL'])
    })
  })

/** What a pipeline cannot do without: a configuration file that needs a path, its variable, and what it is. */
const required = [
  ['shared/ingress.yaml', 'CQ_KEYS_FILE', 'a file with a key on each line: openssl rand -hex 16 > keys makes one'],
  ['spool.yaml', 'CQ_SPOOL', 'the folder to read, such as ~/.mytool/telemetry/spool'],
] as const

/** The collector's own message names no variable. A printed script may go without: its service sets the variable. */
const requirePaths = (name: string, env: NodeJS.ProcessEnv): void => {
  for (const [file, variable, what] of required) {
    if (!pipelines[name]?.files.includes(file)) continue
    const path = env[variable]
    if (!path) throw new Error(`"${name}" needs ${variable}, ${what}`)
    if (!existsSync(path)) throw new Error(`${variable} names what is not there; it must be ${what}`)
  }
}

/**
 * Runs a pipeline with additions, or prints what a service must run. Without a name, only finds or builds the
 * collector. Returns the exit code. Throws an error that names the wrong argument, or what to install.
 */
export const runCollector = async (name: string | undefined, options: RunOptions, say: Say): Promise<number> => {
  const { with: added = [], validate, print } = options
  const config = name === undefined ? [] : configArguments(name, added)
  const collector = findCollector(say)
  if (name === undefined) {
    console.log(collector)
    return 0
  }
  const env = await environment(added)
  if (print) {
    console.log(serviceScript(collector, config, env))
    return 0
  }
  requirePaths(name, env)
  if (validate) return runForeground(collector, ['validate', ...config], env)
  endTruncatedLine(String(env['CQ_DATA']))
  return runForeground(collector, config, env)
}
