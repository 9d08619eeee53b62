import { readFileSync } from 'node:fs'
import type { Destinations } from '../policy/destinations.ts'

export interface RudderOptions {
  readonly rudderUrl?: string
  readonly writeKeyFile?: string
}

const keyIn = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(`the file of --write-key-file cannot be read (${code ?? 'no code'})`, { cause: error })
  }
}

/** A key on the command line could be read by every process of the machine. */
export const rudderOf = (
  { rudderUrl, writeKeyFile }: RudderOptions,
  env: NodeJS.ProcessEnv,
): Destinations['rudder'] => {
  const dataPlaneUrl = rudderUrl ?? env['CQ_RUDDER_URL']
  const writeKey = writeKeyFile === undefined ? env['CQ_RUDDER_WRITE_KEY'] : keyIn(writeKeyFile)
  if (!dataPlaneUrl && !writeKey) return undefined
  if (!dataPlaneUrl) throw new Error('the write key has no data plane: give --rudder-url')
  if (!writeKey) throw new Error('the data plane asks for a write key: give --write-key-file, or CQ_RUDDER_WRITE_KEY')
  if (!/^https?:/.test(dataPlaneUrl) || !URL.canParse(dataPlaneUrl))
    throw new Error('--rudder-url must be an http or https URL')
  return { writeKey, dataPlaneUrl }
}
