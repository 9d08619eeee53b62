import { constants } from 'node:os'
import { foregroundChild } from 'foreground-child'
import { instrument } from '../index.ts'
import { nameOf } from '../schema/shapes.ts'
import { destinationsFor, type DestinationOptions } from './destinations.ts'
import { type Setting, UsageError } from './setting.ts'

/** Any program as an operation of its own. */

export interface ExecOptions extends DestinationOptions {
  readonly operation: string
  readonly app: string
  readonly appVersion: string
  readonly telemetry: boolean
  readonly inspectTelemetry?: boolean
  readonly debugTelemetry?: boolean
}

/** What a shell says of a program that is not there, or that may not be run. */
const notFound = 127
const notAllowed = 126

/** Signals with which a user ends a program. */
const cancelling: readonly (NodeJS.Signals | null)[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

const handedOn: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']
const hold = (): void => undefined

/** A signal that comes while the program is being started waits until there is somebody to hand it to (tried: else this process died of it and left the program behind). */
const holdingSignals = <T>(begin: () => T): T => {
  for (const signal of handedOn) process.on(signal, hold)
  try {
    return begin()
  } finally {
    for (const signal of handedOn) process.off(signal, hold)
  }
}

const flagsOf = ({ telemetry, inspectTelemetry, debugTelemetry }: ExecOptions): string[] => [
  ...(telemetry ? [] : ['--no-telemetry']),
  ...(inspectTelemetry ? ['--inspect-telemetry'] : []),
  ...(debugTelemetry ? ['--debug-telemetry'] : []),
]

const start = (setting: Setting, options: ExecOptions) => {
  const { rudder, otlp } = destinationsFor(setting, options)
  const { directory, dataDir, envPrefix, logFile } = setting
  try {
    return instrument({
      app: { name: options.app, version: options.appVersion },
      ...(rudder && { rudder }),
      // The variables are read by `instrument()` itself.
      ...(options.otlpEndpoint !== undefined && otlp && { otlp: { endpoint: options.otlpEndpoint } }),
      publicNames: { operations: (name) => name === options.operation },
      directory,
      dataDir,
      envPrefix,
      logFile,
      sendInDevelopment: true,
      joinTraces: true,
      argv: flagsOf(options),
    })
  } catch (error) {
    throw new UsageError((error as Error).message.replace('instrument: ', '').replace('app.', '--app '), {
      cause: error,
    })
  }
}

/**
 * Runs the program with this one's streams, hands on signals, and ends as it ends. Throws for a wrong option, which it
 * names; does not return otherwise.
 */
export const exec = async (setting: Setting, command: readonly string[], options: ExecOptions): Promise<void> => {
  if (!nameOf('operations').accepts(options.operation))
    throw new UsageError('--operation must be words of lower-case letters and digits, such as "deploy" or "db migrate"')
  const telemetry = start(setting, options)
  const [file = '', ...args] = command
  await telemetry.operation(options.operation, () => {
    let failed: number | undefined
    /** The end of the program, as the exit code of this one. */
    const over = async (code: number | null, signal: NodeJS.Signals | null) => {
      process.exitCode = failed ?? code ?? (signal === null ? 0 : 128 + constants.signals[signal])
      if (cancelling.includes(signal)) telemetry.error({ name: 'AbortError' })
      await telemetry.shutdown()
      return failed
    }
    return new Promise<void>(() => {
      const child = holdingSignals(() => foregroundChild(file, args, { env: telemetry.childEnv() }, over))
      child.once('error', ({ code }: NodeJS.ErrnoException) => {
        console.error(`${setting.name}: ${file} cannot be run (${code ?? 'no code'})`)
        failed = code === 'ENOENT' ? notFound : notAllowed
      })
    })
  })
}
