import { drain } from '../deliver/drain.ts'
import type { Job } from '../launch/job.ts'
import { debugTo } from '../machine/debug.ts'
import { showBusy } from '../machine/visible.ts'
import { type DestinationOptions, destinationsFor } from './destinations.ts'
import { type ExitCode, exitCodes, type Json, locate, print, type Setting, UsageError } from './setting.ts'

export interface FlushOptions extends DestinationOptions, Json {
  readonly timeout: string
  readonly debug?: boolean
}

const secondsOf = (text: string): number => {
  const seconds = Number(text)
  if (!(seconds > 0 && seconds <= 3600)) throw new UsageError('--timeout must be a number of seconds, at most 3600')
  return seconds
}

/** Shows that the command is busy. Returns a function that clears the line. */
const showProgress = (): (() => void) => {
  showBusy('sending …')
  return () => showBusy('')
}

/** Sends the spool in this process. Throws an error that names a wrong option. */
export const flush = async (setting: Setting, options: FlushOptions): Promise<ExitCode> => {
  const { files } = locate(setting)
  const destinations = destinationsFor(setting, options)
  if (Object.keys(destinations).length === 0)
    throw new UsageError('there is nowhere to send to: give --otlp-endpoint, or --rudder-url and --write-key-file')
  const job: Job = {
    directory: files.directory,
    ...destinations,
    ...(setting.options?.attributes && { attributes: setting.options.attributes }),
    deadline: Date.now() + secondsOf(options.timeout) * 1000,
    debug: options.debug === true,
  }
  const clearProgress = showProgress()
  const { left } = await drain(job, debugTo(job.debug)).finally(clearProgress)
  print(options.json, { left }, () =>
    left === 0 ? 'Nothing is left to send.' : `${left} files are left: see them with --debug.`,
  )
  return left === 0 ? 0 : exitCodes.failed
}
