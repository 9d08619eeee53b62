import { drain } from '../deliver/drain.ts'
import type { Job } from '../deliver/job.ts'
import { debugTo } from '../policy/debug.ts'
import { type Destinations, destinationsOf } from '../policy/destinations.ts'
import { rudderOf } from './rudder.ts'

export interface FlushOptions {
  readonly otlpEndpoint?: string
  readonly rudderUrl?: string
  readonly writeKeyFile?: string
  readonly timeout: string
  readonly debug?: boolean
}

const otlpOf = ({ otlpEndpoint }: FlushOptions, env: NodeJS.ProcessEnv): Destinations['otlp'] => {
  if (otlpEndpoint === undefined) return destinationsOf({}, env, 'CQ', () => undefined).otlp
  if (!/^https?:/.test(otlpEndpoint) || !URL.canParse(otlpEndpoint)) {
    throw new Error('--otlp-endpoint must be an http or https URL')
  }
  return destinationsOf({ otlp: { endpoint: otlpEndpoint } }, {}, 'CQ', () => undefined).otlp
}

const secondsOf = (text: string): number => {
  const seconds = Number(text)
  if (!(seconds > 0 && seconds <= 3600)) throw new Error('--timeout must be a number of seconds, at most 3600')
  return seconds
}

/** Sends what waits, in this process. Returns how many files are left. Throws for a wrong option, which it names. */
export const flush = async (place: Pick<Job, 'spool' | 'consent'>, options: FlushOptions): Promise<number> => {
  const rudder = rudderOf(options, process.env)
  const otlp = otlpOf(options, process.env)
  if (!rudder && !otlp)
    throw new Error('there is nowhere to send to: give --otlp-endpoint, or --rudder-url and --write-key-file')
  const deadline = Date.now() + secondsOf(options.timeout) * 1000
  const job: Job = {
    ...place,
    ...(rudder && { rudder }),
    ...(otlp && { otlp }),
    deadline,
    debug: options.debug === true,
  }
  const { left } = await drain(job, debugTo(process.stderr, job.debug))
  return left
}
