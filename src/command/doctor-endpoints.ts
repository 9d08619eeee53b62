import { getProxyForUrl } from 'proxy-from-env'
import * as tls from 'node:tls'
import { type Answer, post, type Post, type Reply } from '../deliver/send/http.ts'
import { otlpRequests, takenByCollector } from '../deliver/send/otlp.ts'
import type { Options } from '../api/options.ts'
import { verified } from '../controls/signature.ts'
import { batchUrl, rudderHeaders } from '../deliver/rudder/destination.ts'
import type { Destinations } from '../launch/destinations.ts'
import type { Check } from './doctor-check.ts'

/** The checks of the endpoints. Each endpoint gets a request without an event. */

const timeoutMs = 10_000

interface Probe {
  readonly name: string
  readonly request: Omit<Post, 'timeoutMs'>
  readonly isWell: (reply: Reply) => boolean
}

const ok = { state: 'ok', says: 'it answers' } as const
const refused = (status: number, says: string, remedy: string) =>
  ({ state: 'problem', says: `${says} (status ${status})`, remedy }) as const

const byStatus = (status: number): Pick<Check, 'state' | 'says' | 'remedy'> => {
  if (status === 401 || status === 403)
    return refused(status, 'it refuses the key', 'check the write key or the headers')
  if (status === 404)
    return refused(status, 'there is nothing at this path', 'check the endpoint: /v1/traces is appended to it')
  if (status === 410)
    return refused(status, 'it is gone for good', 'the publisher has stopped telemetry: update the tool')
  if (status === 429)
    return { state: 'warning', says: 'it has too much to do (status 429)', remedy: 'later runs send it' }
  if (status >= 500)
    return { state: 'warning', says: `it is out of order (status ${status})`, remedy: 'later runs send it' }
  return refused(
    status,
    'it answers as no collector does',
    'check the endpoint, and whether a proxy or a portal answers in its place',
  )
}

const otlpProbe = (otlp: NonNullable<Destinations['otlp']>): Probe => ({
  name: 'OTLP',
  request: otlpRequests(otlp)([]),
  isWell: (reply) => reply.status === 200 && takenByCollector(reply, []) !== undefined,
})

/** A batch without an event is refused, but only after its key was accepted. */
const rudderProbe = (rudder: NonNullable<Destinations['rudder']>): Probe => ({
  name: 'RudderStack',
  request: { url: batchUrl(rudder), headers: rudderHeaders(rudder), body: '{"batch":[]}' },
  isWell: ({ status, body }) =>
    (status === 400 && /empty batch/i.test(body.toString('utf8'))) ||
    (status === 200 && body.toString('utf8').trim() === 'ok'),
})

const remedies: readonly (readonly [RegExp, string, string])[] = [
  [/ENOTFOUND|EAI_AGAIN/, 'its name is not known', 'check the name, the network, and whether HTTPS_PROXY must be set'],
  [/ECONNREFUSED/, 'nobody listens there', 'check the port, and whether the collector runs'],
  [
    /CERT|SIGNATURE|ISSUER|SELF_SIGNED/,
    'its certificate is not trusted',
    'name the authority: NODE_EXTRA_CA_CERTS=/path/to/ca.pem',
  ],
  [/EPROTO|SSL|TLS/, 'it does not speak TLS as expected', 'check https against http, and the port'],
  [/timeout/, 'it does not answer', 'check the firewall, and whether HTTPS_PROXY must be set'],
]

const failure = ({ reason, code = reason }: Extract<Answer, { kind: 'failure' }>) => {
  const [, says, remedy] = remedies.find(([pattern]) => pattern.test(code)) ?? [
    undefined,
    'it cannot be reached',
    'check the network, and whether HTTPS_PROXY must be set',
  ]
  return { state: 'problem', says: `${says} (${code})`, remedy } as const
}

/**
 * Makes Node trust the system's certificates, as the child does with `--use-system-ca`. Node can do this at run time
 * since 22.19 and 24.5.
 */
export const trustSystem = (): void => {
  const { getCACertificates, setDefaultCACertificates } = tls as {
    getCACertificates?: (from: 'default' | 'system') => string[]
    setDefaultCACertificates?: (certificates: string[]) => void
  }
  if (getCACertificates) setDefaultCACertificates?.([...getCACertificates('default'), ...getCACertificates('system')])
}

const hostOf = (url: string): string => new URL(url).host

/** The host of a proxy alone, because its URL may hold a password. */
const proxyText = (url: string): string => {
  const proxy = getProxyForUrl(url)
  if (proxy === '') return ''
  return URL.canParse(proxy) ? `, through the proxy ${hostOf(proxy)}` : ', through a proxy that is no URL'
}

const judge = (answer: Answer, isWell: Probe['isWell']): Pick<Check, 'state' | 'says' | 'remedy'> => {
  if (answer.kind === 'failure') return failure(answer)
  return isWell(answer) ? ok : byStatus(answer.status)
}

/** Checks the publisher's control file and its signature. */
export const controlsCheck = async (
  { url, publicKey }: NonNullable<Options['controls']>,
  tool: string,
): Promise<Check> => {
  trustSystem()
  const answer = await post({ url, headers: {}, timeoutMs })
  const check = `controls at ${hostOf(url)}`
  if (answer.kind === 'failure') return { check, ...failure(answer) }
  const remedy = 'tell the publisher: what was valid before stays in force'
  if (answer.status !== 200) return { check, ...refused(answer.status, 'there is no control file', remedy) }
  const found = verified(answer.body.toString('utf8'), publicKey, tool)
  if (typeof found === 'string') return { check, state: 'problem', says: found, remedy }
  return { check, state: 'ok', says: `it is signed, ${found.signed}${proxyText(url)}` }
}

const ask = async ({ name, request, isWell }: Probe): Promise<Check> => {
  const { url } = request
  const found = judge(await post({ ...request, timeoutMs }), isWell)
  return { check: `${name} at ${hostOf(url)}`, ...found, says: `${found.says}${proxyText(url)}` }
}

export async function* endpointChecks({ otlp, redirect, rudder, problem }: Destinations): AsyncGenerator<Check> {
  trustSystem()
  const collectors = [otlp, redirect].filter((each) => each !== undefined)
  const probes = [...collectors.map(otlpProbe), ...(rudder ? [rudderProbe(rudder)] : [])]
  if (probes.length === 0)
    yield {
      check: 'endpoints',
      state: 'warning',
      says: `none is known here${problem === undefined ? '' : ` (${problem})`}`,
      remedy: 'use the command of the tool itself, or give --otlp-endpoint, or --rudder-url and --write-key-file',
    }
  for (const probe of probes) yield ask(probe)
}
