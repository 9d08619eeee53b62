import { readFileSync } from 'node:fs'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base'
import type { Batch } from '../../otlp/encode.ts'
import type { OtlpDestination } from '../../launch/job.ts'
import { delivered, type Outcome, rejected, retry } from './outcome.ts'
import { proxyAgentFor } from './proxy.ts'
import { toReadableSpans } from '../../otlp/readable-span.ts'

const success = 0
/** OTLP's own rule: only what the server says is wrong with the data is never tried again. */
const outcomeOf = (error: { readonly code?: unknown } | undefined): Outcome => {
  const status = error?.code
  if (status === 400 || status === 413) return rejected(`status ${status}`)
  if (typeof status !== 'number') return retry('network')
  if (status === 410) return retry(`status ${status}`, { stop: 'now' })
  return retry(`status ${status}`, [401, 403, 404].includes(status) ? { stop: 'soon' } : {})
}

const pem = (path: string | undefined): Buffer | undefined => {
  try {
    return path === undefined ? undefined : readFileSync(path)
  } catch {
    return undefined
  }
}

/** `cert` and `key` stand for this client; `ca` is who the server has to be known to. */
const tlsOf = ({ certificates = {} }: OtlpDestination) => {
  const [ca, key, cert] = [pem(certificates.ca), pem(certificates.key), pem(certificates.cert)]
  return { ...(ca && { ca }), ...(key && { key }), ...(cert && { cert }) }
}

const exportOnce = async (
  batches: readonly Batch[],
  destination: OtlpDestination,
  timeoutMillis: number,
): Promise<Outcome> => {
  const { url, headers } = destination
  const tls = tlsOf(destination)
  const agent = await proxyAgentFor(url, tls)
  if (agent === 'unusable') return retry('network')
  const exporter = new OTLPTraceExporter({
    url,
    headers: { ...headers },
    timeoutMillis,
    compression: destination.compression === 'none' ? CompressionAlgorithm.NONE : CompressionAlgorithm.GZIP,
    httpAgentOptions: agent ? () => agent : { keepAlive: false, ...tls },
  })
  const spans = batches.flatMap(({ resource, spans: own }) => toReadableSpans(resource, own))
  return new Promise((resolve) => {
    exporter.export(spans, (result) => resolve(result.code === success ? delivered : outcomeOf(result.error as never)))
  })
}

/** The exporter has no deadline of its own: it retries, and name resolution does not count. */
const within = async (outcome: Promise<Outcome>, ms: number): Promise<Outcome> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve(retry('timeout')), ms)
  })
  return Promise.race([outcome, limit]).finally(() => clearTimeout(timer))
}

/**
 * Sends batches with the official exporter, as one request. Where the server finds something wrong with it, half by
 * half, so that one bad line does not take the others along. Returns an outcome for each batch; never rejects.
 */
export const sendToOtlp = async (
  batches: readonly Batch[],
  destination: OtlpDestination,
  deadline: number,
): Promise<Outcome[]> => {
  if (batches.length === 0) return []
  const left = deadline - Date.now()
  if (left <= 0) return batches.map(() => retry('timeout'))
  const ms = Math.min(left, destination.timeoutMs ?? left)
  const outcome = await within(exportOnce(batches, destination, ms), ms)
  if (outcome.kind !== 'rejected' || batches.length === 1) return batches.map(() => outcome)
  const middle = Math.ceil(batches.length / 2)
  const first = await sendToOtlp(batches.slice(0, middle), destination, deadline)
  return [...first, ...(await sendToOtlp(batches.slice(middle), destination, deadline))]
}
