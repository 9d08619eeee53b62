import { checkOptions, optional, required, type Row } from '../api/check-options.ts'
import { callback, positive } from '../api/checks.ts'
import { rudderRows } from '../api/shared-options.ts'
import type { Transport } from '../deliver/send/http.ts'
import type { Retry } from '../deliver/send/outcome.ts'
import type { RudderDestination } from '../deliver/rudder/destination.ts'
import { answer, type Problem } from './answer.ts'
import { type BodyLimits, isRefusal, readBody } from './body.ts'
import { Budget } from './budget.ts'
import { TooMany } from './contents.ts'
import { type Format, Spans } from './decode.ts'
import { Forwarding } from './forward.ts'
import { Turns } from './turns.ts'

export interface BridgeOptions extends Partial<BodyLimits> {
  readonly rudder: RudderDestination
  /** Spans in one request at most; others get 413. Default 50,000. */
  readonly maxSpans?: number
  /** Requests handled at the same time at most, counted once their body has come; others get 429. Default 32. */
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

const formats: Readonly<Record<string, Format>> = { 'application/json': 'json', 'application/x-protobuf': 'protobuf' }

const formatOf = (request: Request): Format | undefined =>
  formats[(request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '']

/** Seconds, for an answer of Rudder without `Retry-After`. */
const defaultPause = 5

const retryProblem = ({ reason, afterMs }: Retry): Problem => ({
  status: reason === 'status 429' ? 429 : 503,
  reason: `Rudder: ${reason}`,
  retryAfter: afterMs === undefined ? defaultPause : Math.ceil(afterMs / 1000),
})

/** Bodies of the largest size that all requests together may hold. */
const largestBodies = 4

class RudderBridge implements Bridge {
  readonly counts: BridgeCounts = { requests: 0, spans: 0, events: 0, notTaken: 0 }
  private readonly options: Required<Omit<BridgeOptions, 'transport'>> & Pick<BridgeOptions, 'transport'>
  private readonly budget: Budget
  private inProgress = 0

  constructor({
    maxBodyBytes = 4_000_000,
    maxInflatedBytes = 2 * maxBodyBytes,
    maxSpans = 50_000,
    maxConcurrent = 32,
    deadlineMs = 10_000,
    log = () => undefined,
    ...options
  }: BridgeOptions) {
    this.options = { ...options, maxBodyBytes, maxInflatedBytes, maxSpans, maxConcurrent, deadlineMs, log }
    this.budget = new Budget(largestBodies * maxInflatedBytes)
  }

  readonly handle = async (request: Request): Promise<Response> => {
    this.counts.requests += 1
    const format = formatOf(request)
    if (!format) {
      return this.refuse(format, { status: 415, reason: 'the Content-Type is neither JSON nor protobuf' })
    }
    const body = await readBody(request, this.options, this.budget)
    if (isRefusal(body)) return this.refuse(format, body)
    try {
      return await this.takePlace(body.bytes, format)
    } catch {
      return this.refuse(format, { status: 400, reason: `the body cannot be handled (${body.bytes.length} bytes)` })
    } finally {
      body.share.release()
    }
  }

  private refuse(format: Format | undefined, problem: Problem): Response {
    this.counts.notTaken += 1
    this.options.log(`${problem.status}: ${problem.reason}`)
    return answer(format ?? 'json', problem)
  }

  /** A place is taken only now: a body that is still coming needs nobody's time. */
  private async takePlace(body: Uint8Array, format: Format): Promise<Response> {
    if (this.inProgress >= this.options.maxConcurrent) {
      return this.refuse(format, { status: 429, reason: 'too many requests at once', retryAfter: 1 })
    }
    this.inProgress += 1
    try {
      return await this.take(body, format)
    } finally {
      this.inProgress -= 1
    }
  }

  private async take(body: Uint8Array, format: Format): Promise<Response> {
    const turns = new Turns()
    await turns.next()
    const spans = this.spansOf(body, format)
    if ('reason' in spans) return this.refuse(format, spans)
    const forwarding = new Forwarding(this.options)
    const retry = await forwarding.run(spans.decoded(), turns)
    if (retry) return this.refuse(format, retryProblem(retry))
    return this.report(spans.count, forwarding, format)
  }

  private spansOf(body: Uint8Array, format: Format): Spans | Problem {
    try {
      return new Spans(body, format, this.options.maxSpans)
    } catch (error) {
      if (error instanceof TooMany) return { status: 413, reason: `the body has ${error.message}` }
      return { status: 400, reason: `the body is no OTLP traces in ${format} (${body.length} bytes)` }
    }
  }

  private report(spans: number, { taken, delivered, rejected }: Forwarding, format: Format): Response {
    const [reason] = rejected.keys()
    if (spans > 0 && taken === 0)
      return this.refuse(format, { status: 400, reason: `none of ${spans} spans is one of cq-telemetry's` })
    if (reason !== undefined && delivered === 0)
      return this.refuse(format, { status: 400, reason: `Rudder: ${reason}` })
    this.counts.spans += spans
    this.counts.events += delivered
    const reasons = [...rejected].map(([each, events]) => `Rudder refused ${events} events for good (${each})`)
    const refused = spans - taken
    if (refused > 0) reasons.unshift(`${refused} spans are none of cq-telemetry's`)
    if (reasons.length === 0) return answer(format)
    this.options.log(`200: ${reasons.join('; ')}`)
    const lost = [...rejected.values()].reduce((sum, events) => sum + events, 0)
    return answer(format, { status: 200, reason: reasons.join('; '), rejected: refused + lost })
  }
}

/**
 * Creates a bridge, which maps the spans of OTLP/HTTP requests to RudderStack `track` calls. It is stateless, so the
 * collector in front of it keeps the queue: it answers 200 only after Rudder has taken the events, 429 or 503 with
 * `Retry-After` while it or Rudder cannot take them, and another 4xx if a retry cannot help. Throws a TypeError that
 * names each wrong or unknown option.
 */
export const createBridge = (options: BridgeOptions): Bridge => {
  checkOptions('createBridge', rows, options)
  return new RudderBridge(options)
}
