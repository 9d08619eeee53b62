import { constants } from 'node:os'
import { foregroundChild } from 'foreground-child'
import { xdg } from '../api/places.ts'
import { instrument } from '../index.ts'
import { escapeControls } from '../machine/visible.ts'
import { nameOf } from '../schema/shapes.ts'
import { destinationsFor, type DestinationOptions } from './destinations.ts'
import { say, type Setting, UsageError } from './setting.ts'
import { why } from './why.ts'

/** The command `exec`: runs any program as an operation. */

export interface ExecOptions extends DestinationOptions {
  readonly operation: string
  readonly app: string
  readonly appVersion: string
  readonly telemetry: boolean
  readonly inspectTelemetry?: boolean
  readonly debugTelemetry?: boolean
}

/** A shell's exit codes for a program that does not exist, and for one that may not be executed. */
const notFound = 127
const notExecutable = 126

const notRun = { ENOENT: 'there is no such program', EACCES: 'it is not executable' }

/** The operation counts as cancelled if one of these signals ends the program. */
const cancelSignals: readonly (NodeJS.Signals | null)[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

const forwardedSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']
const ignore = (): void => undefined

/**
 * Keeps this process alive if a signal arrives while the program is being started (tried: without this, the signal
 * ended this process and left the program running).
 */
const withSignalsIgnored = <T>(begin: () => T): T => {
  for (const signal of forwardedSignals) process.on(signal, ignore)
  try {
    return begin()
  } finally {
    for (const signal of forwardedSignals) process.off(signal, ignore)
  }
}

const flagsOf = ({ telemetry, inspectTelemetry, debugTelemetry }: ExecOptions): string[] => [
  ...(telemetry ? [] : ['--no-telemetry']),
  ...(inspectTelemetry ? ['--inspect-telemetry'] : []),
  ...(debugTelemetry ? ['--debug-telemetry'] : []),
]

/** The names on the command line of options of `instrument()`. */
const names: Readonly<Record<string, string>> = {
  'app.name': '--app',
  'app.version': '--app-version',
  'otlp.endpoint': '--otlp-endpoint',
  'otlp.headers': 'OTEL_EXPORTER_OTLP_HEADERS',
  'rudder.dataPlaneUrl': '--rudder-url',
  'rudder.writeKey': '--write-key-file',
  directory: '--directory',
  dataDir: '--data-dir',
  envPrefix: '--env-prefix',
  logFile: '--log-file',
}

/** The message about a wrong option, with the names of the command line. */
const asTyped = (message: string): string =>
  message.replace(/^instrument: /, '').replaceAll(/option "([^"]+)"/g, (text, name: string) => names[name] ?? text)

const start = (setting: Setting, options: ExecOptions) => {
  const { rudder, otlp } = destinationsFor(setting, options)
  const { dataDir, envPrefix, logFile } = setting
  try {
    return instrument({
      app: { name: options.app, version: options.appVersion },
      ...(rudder && { rudder }),
      // Only the option is passed, since `instrument()` itself reads the variables.
      ...(options.otlpEndpoint !== undefined &&
        otlp && { otlp: { endpoint: options.otlpEndpoint, headers: otlp.headers } }),
      publicNames: { operations: (name) => name === options.operation },
      directory: setting.xdg === undefined ? setting.directory : xdg,
      dataDir,
      envPrefix,
      logFile,
      sendInDevelopment: true,
      joinTraces: true,
      argv: flagsOf(options),
    })
  } catch (error) {
    throw new UsageError(asTyped((error as Error).message), { cause: error })
  }
}

/**
 * Runs the program with the streams of this process, forwards signals to it, and ends with its exit code or signal.
 * Throws an error that names a wrong option; otherwise it never resolves.
 */
export const exec = async (setting: Setting, command: readonly string[], options: ExecOptions): Promise<void> => {
  if (!nameOf('operations').accepts(options.operation))
    throw new UsageError('--operation must be words of lower-case letters and digits, such as "deploy" or "db migrate"')
  const telemetry = start(setting, options)
  const [file = '', ...args] = command
  await telemetry.operation(options.operation, () => {
    /** Set if the program could not be started. */
    let startFailure: number | undefined
    const finish = async (code: number | null, signal: NodeJS.Signals | null) => {
      process.exitCode = startFailure ?? code ?? (signal === null ? 0 : 128 + constants.signals[signal])
      if (cancelSignals.includes(signal)) telemetry.error({ name: 'AbortError' })
      await telemetry.shutdown()
      return startFailure
    }
    return new Promise<void>(() => {
      const child = withSignalsIgnored(() => foregroundChild(file, args, { env: telemetry.childEnv() }, finish))
      child.once('error', (error: NodeJS.ErrnoException) => {
        say(`${setting.name}: ${escapeControls(file)} ${why('run', error, notRun)}`)
        startFailure = error.code === 'ENOENT' ? notFound : notExecutable
      })
    })
  })
}
