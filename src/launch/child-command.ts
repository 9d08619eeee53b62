import { isSingleExecutable, runtime, type Runtime, startedScript } from '../machine/runtime.ts'
import { childEnvironment } from './child-environment.ts'
import { childFile, whyNotLoaded } from './child-file.ts'

/** The command that starts the child. It contains no secret, because every process of the machine can read it. */
export interface ChildCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** The program, if the child reads it from standard input with its job in front of it. */
  readonly program?: string
}

/** How the child can be started here. */
export type ChildPlan =
  | { readonly kind: 'process'; readonly command: ChildCommand }
  /** Only in a thread of this process, which the command waits for. */
  | { readonly kind: 'thread'; readonly program: string; readonly env: NodeJS.ProcessEnv; readonly reason: string }
  /** Not at all. The spool waits for `cq-telemetry flush`. */
  | { readonly kind: 'none'; readonly reason: string }

/** Limit of the child's heap in megabytes; a full spool needs less than half of it. */
export const heapMb = 96

/**
 * Whether the runtime has a flag. Its version alone does not tell: Electron's Node lacks some flags, and ends when it
 * gets an unknown one.
 */
const hasFlag = (flag: string): boolean =>
  process.versions['electron'] === undefined || process.allowedNodeEnvironmentFlags.has(flag)

/**
 * Node has `--use-system-ca` since 22.15 and 23.8. Older versions can only use the certificates that a variable names.
 */
const certificateFlags = (): string[] => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 23 || (major === 23 && minor >= 8) || (major === 22 && minor >= 15)) return ['--use-system-ca']
  return process.env['SSL_CERT_FILE'] || process.env['SSL_CERT_DIR'] ? ['--use-openssl-ca'] : []
}

/**
 * Megabytes of V8's young generation. By default, Node 22 and newer would collect garbage only at three times this
 * size.
 */
const semiSpaceMb = 8

/** Node's own arguments for the child. */
export const nodeFlags = (): string[] => [
  `--max-old-space-size=${heapMb}`,
  `--max-semi-space-size=${semiSpaceMb}`,
  ...certificateFlags().filter(hasFlag),
]

/** Runs the program from standard input. It uses `process`, since not every runtime has `require` here. */
const runInput = "eval(process.getBuiltinModule('node:fs').readFileSync(0,'utf8'))"

const none = (reason: string): ChildPlan => ({ kind: 'none', reason })

/**
 * Starts the host's executable again: without arguments if it is a single file, otherwise with the script that it was
 * started with.
 */
const selfPlan = (env: NodeJS.ProcessEnv): ChildPlan => {
  if (isSingleExecutable()) return { kind: 'process', command: { file: process.execPath, args: [], env } }
  const script = startedScript()
  const found = runtime()
  if (script === undefined) return none('it is the tool itself (option "child"), which was not started as a file')
  if (typeof found === 'string') return none(found)
  return {
    kind: 'process',
    command: { file: found.file, args: [...nodeFlags(), script], env: { ...env, ...found.env } },
  }
}

/** The path is an argument, so that a list of processes shows what the child is. */
const argsFor = (path: string, program: string | undefined): string[] =>
  program === undefined ? [...nodeFlags(), path] : [...nodeFlags(), '-e', runInput, path]

/**
 * How to start the child that the host's option `child` names: `self`, the path of a file, or undefined for the
 * package's own file. It never starts a host or a script of the working directory. `directory` is the host's working
 * directory at its start.
 */
export const planChild = (option: string | undefined, directory: string): ChildPlan => {
  const env = childEnvironment(directory)
  if (option === 'self') return selfPlan(env)
  const file = childFile(option)
  if (!file) return none('there is no file of the child (option "child")')
  const { path, text: program } = file
  const found: Runtime | string = runtime()
  if (typeof found === 'string')
    return program === undefined ? none(found) : { kind: 'thread', program, env, reason: found }
  const reason = program === undefined ? whyNotLoaded(file) : undefined
  if (reason !== undefined) return none(reason)
  return {
    kind: 'process',
    command: {
      file: found.file,
      args: argsFor(path, program),
      env: { ...env, ...found.env },
      ...(program !== undefined && { program }),
    },
  }
}
