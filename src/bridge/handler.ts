import { checkOptions, optional, required, type Row } from '../api/check-options.ts'
import { callback, positive } from '../api/checks.ts'
import { rudderRows } from '../api/shared-options.ts'
import type { Transport } from '../deliver/send/http.ts'
import type { Retry } from '../deliver/send/outcome.ts'
import { trackEvents } from '../deliver/rudder/mapping.ts'
import type { RudderDestination } from '../deliver/rudder/destination.ts'
import { type Report, sendToRudder } from '../deliver/send/rudder.ts'
import { type BodyLimits, isRefusal, readBody } from './body.ts'
import { decode, type Decoded, type Format } from './decode.ts'
import { answer, type Problem } from './answer.ts'

export interface BridgeOptions extends Partial<BodyLimits> {
  readonly rudder: RudderDestination
  /** Spans of one request. Default 50,000. */
  readonly maxSpans?: number
  /** Requests at work at the same time; more are told to come again. Default 32. */
  readonly maxConcurrent?: number
  /** Milliseconds in which Rudder has taken the events of a request, or they are given back. Default 10,000. */
  readonly deadlineMs?: number
  /** Told of each request that was not taken whole: statuses, counts and reasons, no payload. */
  readonly log?: (line: string) => void
  readonly transport?: Transport
}

/** The checks of `BridgeOptions`. */
const rows = {
  rudder: required(rudderRows),
  maxBodyBytes: optional(positive),
  maxInflatedBytes: optional(positive),
  maxSpans: optional(positive),
  maxConcurrent: optional(positive),
  deadlineMs: optional(positive),
  log: optional(callback),
  transport: optional(callback),
} satisfies Record<keyof BridgeOptions, Row>

/** What a bridge has done since it began. */
export interface BridgeCounts {
  requests: number
  spans: number
  events: number
  /** Requests that were given back or refused. */
  notTaken: number
}

export interface Bridge {
  /** One request of OTLP/HTTP, as the web's own types have it: for a server, or for a serverless host. Never rejects. */
  readonly handle: (request: Request) => Promise<Response>
  readonly counts: Readonly<BridgeCounts>
}

const formats: Readonly<Record<string, Format>> = { 'application/json': 'json', 'application/x-protobuf': 'protobuf' }

const formatOf = (request: Request): Format | undefined =>
  formats[(request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '']

/** A bridge is bound by its processor: the lowest level takes the least time, for more bytes. */
const gzipLevel = 1

/** Seconds, where Rudder has no wish of its own. */
const defaultPause = 5

const cannot = ({ reason, afterMs }: Retry): Problem => ({
  status: reason === 'status 429' ? 429 : 503,
  reason: `Rudder: ${reason}`,
  retryAfter: afterMs === undefined ? defaultPause : Math.ceil(afterMs / 1000),
})

const refusedByRudder = ({ rejected }: Report) =>
  [...rejected].map(([reason, events]) => `Rudder refused ${events.length} events for good (${reason})`)

class RudderBridge implements Bridge {
  readonly counts: BridgeCounts = { requests: 0, spans: 0, events: 0, notTaken: 0 }
  private readonly options: Required<Omit<BridgeOptions, 'transport'>> & Pick<BridgeOptions, 'transport'>
  private atWork = 0

  constructor({
    maxBodyBytes = 4_000_000,
    maxInflatedBytes = 32_000_000,
    maxSpans = 50_000,
    maxConcurrent = 32,
    deadlineMs = 10_000,
    log = () => undefined,
    ...options
  }: BridgeOptions) {
    this.options = { ...options, maxBodyBytes, maxInflatedBytes, maxSpans, maxConcurrent, deadlineMs, log }
  }

  readonly handle = async (request: Request): Promise<Response> => {
    this.counts.requests += 1
    const format = formatOf(request)
    if (this.atWork >= this.options.maxConcurrent) {
      return this.refuse(format, { status: 429, reason: 'too many requests at once', retryAfter: 1 })
    }
    this.atWork += 1
    try {
      return await this.take(request, format)
    } catch {
      return this.refuse(format, { status: 400, reason: 'the request broke off' })
    } finally {
      this.atWork -= 1
    }
  }

  private refuse(format: Format | undefined, problem: Problem): Response {
    this.counts.notTaken += 1
    this.options.log(`${problem.status}: ${problem.reason}`)
    return answer(format ?? 'json', problem)
  }

  private async take(request: Request, format: Format | undefined): Promise<Response> {
    if (!format) {
      return this.refuse(format, { status: 415, reason: 'the Content-Type is neither JSON nor protobuf' })
    }
    const body = await readBody(request, this.options)
    if (isRefusal(body)) return this.refuse(format, body)
    const decoded = this.decode(body, format)
    return 'reason' in decoded ? this.refuse(format, decoded) : this.send(decoded, format)
  }

  private decode(body: Uint8Array, format: Format): Decoded | Problem {
    try {
      const decoded = decode(body, format)
      const { spans, refused } = decoded
      if (spans > this.options.maxSpans) {
        return { status: 413, reason: `${spans} spans are over ${this.options.maxSpans}` }
      }
      if (spans > 0 && refused === spans) {
        return { status: 400, reason: `none of ${spans} spans is one of cq-telemetry's` }
      }
      return decoded
    } catch {
      return { status: 400, reason: `the body is no OTLP traces in ${format} (${body.length} bytes)` }
    }
  }

  private async send({ batches, spans, refused }: Decoded, format: Format): Promise<Response> {
    const { rudder, deadlineMs, transport } = this.options
    const events = batches.flatMap(({ resource, spans: own }) => own.flatMap((span) => trackEvents(span, resource)))
    const report = await sendToRudder(events, rudder, { deadlineMs, gzipLevel, ...(transport && { transport }) })
    const { outcome } = report
    if (outcome.kind === 'retry') return this.refuse(format, cannot(outcome))
    if (outcome.kind === 'rejected') return this.refuse(format, { status: 400, reason: `Rudder: ${outcome.reason}` })
    this.counts.spans += spans
    this.counts.events += report.delivered
    const reasons = refusedByRudder(report)
    if (refused > 0) reasons.unshift(`${refused} spans are none of cq-telemetry's`)
    if (reasons.length === 0) return answer(format)
    this.options.log(`200: ${reasons.join('; ')}`)
    const lost = events.length - report.delivered
    return answer(format, { status: 200, reason: reasons.join('; '), rejected: refused + lost })
  }
}

/**
 * Maps spans of OTLP/HTTP requests onto RudderStack `track` calls. Stateless: 200 only once Rudder has the events, 429
 * and 503 with `Retry-After` while it cannot take them, so that the collector in front keeps the queue; 4xx for what can
 * never work. Throws a TypeError that names each wrong or unknown option.
 */
export const createBridge = (options: BridgeOptions): Bridge => {
  checkOptions('createBridge', rows, options)
  return new RudderBridge(options)
}
