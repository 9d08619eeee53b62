import { childVariable } from '../machine/variables.ts'
import { fileURLToPath, fs, nodeModule } from '../machine/node.ts'

const { existsSync } = fs

/** The command that starts the child. It holds no secret, because every process of the machine can read it. */
export interface ChildCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/**
 * Variables that the child inherits: proxies, certificates, and those that an operating system needs for any process.
 */
const inherited =
  /^(?:PATH|HOME|TMPDIR|TEMP|TMP|SystemRoot|USERPROFILE|APPDATA|LOCALAPPDATA|(?:https?|no|all)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$/i

const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => inherited.test(name))),
  [childVariable]: '1',
})

/** Limit of the child's heap in megabytes; a full spool needs less than half of it. */
const heapMb = 96

/**
 * Node has `--use-system-ca` since 22.15 and 23.8. Older versions can only use the certificates that a variable names.
 */
const certificateFlags = (): string[] => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 23 || (major === 23 && minor >= 8) || (major === 22 && minor >= 15)) return ['--use-system-ca']
  return process.env['SSL_CERT_FILE'] || process.env['SSL_CERT_DIR'] ? ['--use-openssl-ca'] : []
}

/** Megabytes of V8's young generation. Node 22 and newer would collect garbage only at three times this size. */
const semiSpaceMb = 8

/** Node's own arguments for the child. */
export const nodeFlags = (): string[] => [
  `--max-old-space-size=${heapMb}`,
  `--max-semi-space-size=${semiSpaceMb}`,
  ...certificateFlags(),
]

/** Candidates for the child's file: beside this file in the package, or by the package's name (in `dist/command/`, and in a
 * bundled host). */
const candidates: readonly (() => string)[] = [
  () => fileURLToPath(new URL('./deliver/main.js', import.meta.url)),
  () =>
    nodeModule()
      .createRequire(import.meta.url)
      .resolve('cq-telemetry/child'),
]

/** Tries one candidate after the other, because resolving a package by name takes milliseconds. */
const packageFile = (): string | undefined => {
  for (const candidate of candidates) {
    try {
      const path = candidate()
      if (existsSync(path)) return path
    } catch {
      // The package is not installed there: try the next.
    }
  }
  return undefined
}

/**
 * The command for the host's option `child`: `self` runs the host's executable again, a path or undefined runs that
 * file or the package's own one with this Node. Undefined if the file does not exist; the spool then waits for
 * `cq-telemetry flush`.
 */
export const childCommand = (child: string | undefined): ChildCommand | undefined => {
  const env = environment()
  if (child === 'self') {
    const script = process.argv[1]
    return {
      file: process.execPath,
      args: script !== undefined && existsSync(script) ? [...nodeFlags(), script] : [],
      env,
    }
  }
  const file = child ?? packageFile()
  return file !== undefined && existsSync(file)
    ? { file: process.execPath, args: [...nodeFlags(), file], env }
    : undefined
}
