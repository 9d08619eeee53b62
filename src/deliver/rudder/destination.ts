export interface RudderDestination {
  readonly writeKey: string
  /** The data plane's base URL; `/v1/batch` is appended. */
  readonly dataPlaneUrl: string
}

export const batchUrl = ({ dataPlaneUrl }: RudderDestination): string => `${dataPlaneUrl.replace(/\/+$/, '')}/v1/batch`

/** The write key is the user name; a password is not looked at. */
export const rudderHeaders = ({ writeKey }: RudderDestination): Record<string, string> => ({
  Authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
  'Content-Type': 'application/json',
})

/** Throws a TypeError that names the option. `who` is what has the options. */
export const checkDestination = (who: string, { writeKey, dataPlaneUrl }: RudderDestination): void => {
  if (typeof writeKey !== 'string' || writeKey.trim() === '') {
    throw new TypeError(`${who}: option "writeKey" must be the write key of a source of yours`)
  }
  if (!/^https?:\/\//.test(dataPlaneUrl) || !URL.canParse(dataPlaneUrl)) {
    throw new TypeError(`${who}: option "dataPlaneUrl" must be an http or https URL`)
  }
}
