import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { type BridgeServer, startBridge } from '../bridge/server.ts'
import { escapeControls } from '../machine/visible.ts'
import { rudderOf } from './destinations.ts'
import { say, UsageError } from './setting.ts'

export interface BridgeCommandOptions {
  readonly listen: string
  readonly rudderUrl?: string
  readonly writeKeyFile?: string
  readonly maxBody: string
  readonly maxConcurrent: string
  readonly timeout: string
  readonly unreadyAfter: string
}

const numberOf = (text: string, option: string, max: number): number => {
  const value = Number(text)
  if (!(value > 0 && value <= max)) throw new UsageError(`${option} must be a number above 0, at most ${max}`)
  return value
}

const addressOf = (text: string): { host: string; port: number } => {
  const [, host = '', port = ''] = /^(?:\[?([^[\]]+)\]?:)?(\d{1,5})$/.exec(text) ?? []
  if (port === '' || Number(port) > 65_535)
    throw new UsageError('--listen must be a host and a port, e.g. 127.0.0.1:4319')
  return { host: host || '127.0.0.1', port: Number(port) }
}

const start = async (options: BridgeCommandOptions): Promise<BridgeServer> => {
  const rudder = rudderOf(options, process.env)
  if (!rudder) throw new UsageError('there is nowhere to send to: give --rudder-url and --write-key-file')
  const address = addressOf(options.listen)
  try {
    return await startBridge({
      ...address,
      rudder,
      maxBodyBytes: numberOf(options.maxBody, '--max-body', 100) * 1_000_000,
      maxConcurrent: numberOf(options.maxConcurrent, '--max-concurrent', 10_000),
      deadlineMs: numberOf(options.timeout, '--timeout', 3600) * 1000,
      unreadyAfterMs: numberOf(options.unreadyAfter, '--unready-after', 86_400) * 1000,
      log: (line) => say(`cq-telemetry bridge: ${escapeControls(line)}`),
    })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new Error(`cannot listen on ${options.listen} (${code}): choose another with --listen`, { cause: error })
  }
}

/**
 * Serves until SIGINT or SIGTERM, then finishes the requests in progress. Throws an error that names a wrong option, or
 * the address on which it cannot listen.
 */
export const bridge = async (options: BridgeCommandOptions): Promise<void> => {
  // Keeps V8's young generation small, so that garbage is collected early: a third less memory for a little more time.
  setFlagsFromString('--semi-space-growth-factor=1')
  const server = await start(options)
  say(`cq-telemetry bridge: listening on ${server.url}/v1/traces`)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  say('cq-telemetry bridge: stopping')
  await server.stop()
}
