import type { OtlpDestination } from '../../launch/job.ts'
import { readBytes } from '../../machine/read-file.ts'
import { type Batch, encodeRequest } from '../../otlp/encode.ts'
import { rejectedSpans } from '../../otlp/response.ts'
import { distro } from '../../schema/distro.ts'
import { eventsIn } from '../losses.ts'
import type { Post, Reply } from './http.ts'
import { delivered, type Outcome, rejected } from './outcome.ts'
import { outcomesOf, Sender, type SendOptions } from './requests.ts'
import { transientStatuses } from './statuses.ts'

/** Four times the size of all certificate authorities of a system. */
const maxPemBytes = 1_000_000

const pem = (path: string | undefined): Buffer | undefined => {
  const read = path === undefined ? undefined : readBytes(path, maxPemBytes)
  return read?.kind === 'content' ? read.bytes : undefined
}

const tlsOf = ({ certificates = {} }: OtlpDestination): NonNullable<Post['tls']> => {
  const [ca, key, cert] = [pem(certificates.ca), pem(certificates.key), pem(certificates.cert)]
  return { ...(ca && { ca }), ...(key && { key }), ...(cert && { cert }) }
}

/** Returns a function that makes a request to the collector of batches. */
export const otlpRequests = (destination: OtlpDestination) => {
  const { url, headers, compression } = destination
  const tls = tlsOf(destination)
  return (batches: readonly Batch[]): Omit<Post, 'timeoutMs'> => ({
    url,
    headers: {
      'User-Agent': `${distro.name}/${distro.version}`,
      ...headers,
      'Content-Type': 'application/json',
    },
    body: encodeRequest(batches),
    ...(compression !== 'none' && { gzipLevel: 6 }),
    tls,
  })
}

const spansIn = (batches: readonly Batch[]): number =>
  // The loss of a loss report is not counted, since its report would be lost in the same way.
  batches.flatMap(({ spans }) => spans).filter(({ type }) => type !== 'delivery').length

/** A collector answers with an `ExportTraceServiceResponse`, which may say that it has refused some of the spans. */
export const takenByCollector = ({ contentType, body }: Reply, batches: readonly Batch[]): Outcome | undefined => {
  const refused = rejectedSpans(contentType, body)
  if (refused === undefined) return undefined
  return refused === 0 ? delivered : rejected('partial success', Math.min(refused, spansIn(batches)))
}

export const otlpSender = (destination: OtlpDestination, options: SendOptions): Sender<Batch> =>
  new Sender(
    {
      request: otlpRequests(destination),
      taken: takenByCollector,
      transient: transientStatuses.otlp,
      eventsIn: (batch) => eventsIn([batch]),
      parts: (batches) => [batches],
      timeoutMs: () => destination.timeoutMs ?? Infinity,
    },
    options,
  )

/** Sends batches as one request if the server accepts it. Returns an outcome for each batch. Never rejects. */
export const sendToOtlp = (
  batches: readonly Batch[],
  destination: OtlpDestination,
  options: SendOptions = {},
): Promise<Outcome[]> => outcomesOf(otlpSender(destination, options).send(batches))
