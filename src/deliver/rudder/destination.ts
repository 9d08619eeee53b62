import { withoutEnd } from '../../machine/text.ts'

export interface RudderDestination {
  readonly writeKey: string
  /** The data plane's base URL; `/v1/batch` is appended. */
  readonly dataPlaneUrl: string
}

export const batchUrl = ({ dataPlaneUrl }: RudderDestination): string => `${withoutEnd(dataPlaneUrl, '/')}/v1/batch`

/** RudderStack takes the write key as the user name, and ignores the password. */
export const rudderHeaders = ({ writeKey }: RudderDestination): Record<string, string> => ({
  Authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
  'Content-Type': 'application/json',
})
