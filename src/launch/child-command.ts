import { childVariable } from '../consent/switches.ts'
import { fs, nodeModule, url } from '../machine/node.ts'

const { existsSync } = fs
const { fileURLToPath } = url

/** What the child is started with. Nothing of it is secret: every process of the machine can read it. */
export interface ChildCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** Variables that a request may need: proxies, certificates, and what an operating system asks of any process. */
const passed =
  /^(?:PATH|HOME|TMPDIR|TEMP|TMP|SystemRoot|USERPROFILE|APPDATA|LOCALAPPDATA|(?:https?|no|all)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$/i

const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => passed.test(name))),
  [childVariable]: '1',
})

/** Megabytes of the child's heap; a full spool needs less than half of it. */
const heapMb = 96

/** `--use-system-ca` came with Node 22.15 and 23.8; before, the system's certificates are those that a variable names. */
const certificateFlags = (): string[] => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 23 || (major === 23 && minor >= 8) || (major === 22 && minor >= 15)) return ['--use-system-ca']
  return process.env['SSL_CERT_FILE'] || process.env['SSL_CERT_DIR'] ? ['--use-openssl-ca'] : []
}

/** Megabytes of its young objects: Node 22 and newer would let garbage grow to three times as much before it is collected. */
const youngMb = 8

/** What the child's Node is started with. */
export const nodeFlags = (): string[] => [
  `--max-old-space-size=${heapMb}`,
  `--max-semi-space-size=${youngMb}`,
  ...certificateFlags(),
]

/** Beside this file in the package, or by the package's name (in `dist/command/`, and for a bundled host). */
const places: readonly (() => string)[] = [
  () => fileURLToPath(new URL('./deliver/main.js', import.meta.url)),
  () =>
    nodeModule()
      .createRequire(import.meta.url)
      .resolve('cq-telemetry/child'),
]

/** The first place that there is; resolving by name takes milliseconds, so it is not done in vain. */
const ownFile = (): string | undefined => {
  for (const place of places) {
    try {
      const path = place()
      if (existsSync(path)) return path
    } catch {
      // Not to be found from there.
    }
  }
  return undefined
}

/**
 * `self` runs the host again, for what is a single file; else the child's own file is run by this Node. Undefined where
 * there is none: what is recorded then waits for `cq-telemetry flush`.
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
  const file = child ?? ownFile()
  return file !== undefined && existsSync(file)
    ? { file: process.execPath, args: [...nodeFlags(), file], env }
    : undefined
}
