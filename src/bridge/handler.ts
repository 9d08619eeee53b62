import { checkOptions, optional, required, type Row } from '../api/check-options.ts'
import { callback, positive } from '../api/checks.ts'
import { rudderRows } from '../api/shared-options.ts'
import type { Transport } from '../deliver/send/http.ts'
import { type Rejected, type Retry, retry } from '../deliver/send/outcome.ts'
import { trackEvents } from '../deliver/rudder/mapping.ts'
import type { RudderDestination } from '../deliver/rudder/destination.ts'
import { type Report, sendToRudder } from '../deliver/send/rudder.ts'
import { type BodyLimits, isRefusal, readBody } from './body.ts'
import { decode, type Decoded, type Format } from './decode.ts'
import { answer, type Problem } from './answer.ts'

export interface BridgeOptions extends Partial<BodyLimits> {
  readonly rudder: RudderDestination
  /** Spans in one request at most. Default 50,000. */
  readonly maxSpans?: number
  /** Requests handled at the same time at most; others get 429. Default 32. */
  readonly maxConcurrent?: number
  /** Milliseconds that Rudder has to take the events of a request; after that the client gets 503. Default 10,000. */
  readonly deadlineMs?: number
  /**
   * Called for each request that is refused in whole or in part, with status, counts and reason, never with payload.
   */
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

/** Totals since the bridge was created. */
export interface BridgeCounts {
  requests: number
  spans: number
  events: number
  /** Requests that were refused, for good or to be retried. */
  notTaken: number
}

export interface Bridge {
  /** Handles one OTLP/HTTP request, with the types of the Fetch API. Never rejects. */
  readonly handle: (request: Request) => Promise<Response>
  readonly counts: Readonly<BridgeCounts>
}

const formats: ReadonlyMap<string, Format> = new Map([
  ['application/json', 'json'],
  ['application/x-protobuf', 'protobuf'],
])

const formatOf = (request: Request): Format | undefined =>
  formats.get((request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '')

/** The lowest level, because a bridge's throughput is limited by its processor and not by its network. */
const gzipLevel = 1

/** Seconds, for an answer of Rudder without `Retry-After`. */
const defaultPause = 5

const retryProblem = ({ reason, afterMs }: Retry): Problem => ({
  status: reason === 'status 429' ? 429 : 503,
  reason: `Rudder: ${reason}`,
  retryAfter: afterMs === undefined ? defaultPause : Math.ceil(afterMs / 1000),
})

const refusedByRudder = ({ rejected }: Report) =>
  [...rejected].map(([reason, events]) => `Rudder refused ${events.length} events for good (${reason})`)

class RudderBridge implements Bridge {
  readonly counts: BridgeCounts = { requests: 0, spans: 0, events: 0, notTaken: 0 }
  private readonly options: Required<Omit<BridgeOptions, 'transport'>> & Pick<BridgeOptions, 'transport'>
  private inProgress = 0
  /** Most events of one request, as Rudder's answers have shown. */
  private size = Number.POSITIVE_INFINITY
  /** Whether Rudder has taken events since it last refused a request as a whole. */
  private takes = false

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
    if (this.inProgress >= this.options.maxConcurrent) {
      return this.refuse(format, { status: 429, reason: 'too many requests at once', retryAfter: 1 })
    }
    this.inProgress += 1
    try {
      return await this.take(request, format)
    } catch {
      return this.refuse(format, { status: 400, reason: 'the request broke off' })
    } finally {
      this.inProgress -= 1
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

  /**
   * What Rudder refuses as a whole is lost only if Rudder has taken others before: a proxy, or a Rudder with a wrong
   * setting, may refuse everything, and then the collector keeps it.
   */
  private refusal({ reason, whole }: Rejected): Problem {
    if (whole && !this.takes) return retryProblem(retry(`it refuses everything (${reason})`))
    if (whole) this.takes = false
    return { status: 400, reason: `Rudder: ${reason}` }
  }

  private async send({ batches, spans, refused }: Decoded, format: Format): Promise<Response> {
    const { rudder, deadlineMs, transport } = this.options
    const { size } = this
    const events = batches.flatMap(({ resource, spans: own }) => own.flatMap((span) => trackEvents(span, resource)))
    const report = await sendToRudder(events, rudder, { deadlineMs, gzipLevel, size, ...(transport && { transport }) })
    const { outcome } = report
    this.size = report.size
    if (outcome.kind === 'retry') return this.refuse(format, retryProblem(outcome))
    if (outcome.kind === 'rejected') return this.refuse(format, this.refusal(outcome))
    this.takes ||= report.accepted
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
 * Creates a bridge, which maps the spans of OTLP/HTTP requests to RudderStack `track` calls. It is stateless, so the
 * collector in front of it keeps the queue: it answers 200 only after Rudder has taken the events, 429 or 503 with
 * `Retry-After` while Rudder cannot take them, and another 4xx if a retry cannot help. Throws a TypeError that names
 * each wrong or unknown option.
 */
export const createBridge = (options: BridgeOptions): Bridge => {
  checkOptions('createBridge', rows, options)
  return new RudderBridge(options)
}
