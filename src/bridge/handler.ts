import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { checkOptions, optional, required, type Row } from '../api/check-options.ts'
import { callback, positive } from '../api/checks.ts'
import { rudderRows } from '../api/shared-options.ts'
import { post, type Transport } from '../deliver/send/http.ts'
import type { RudderDestination } from '../deliver/rudder/destination.ts'
import { answer, type Answer, type Problem } from './answer.ts'
import { type Body, type BodyLimits, type Incoming, isRefusal, readBody } from './body.ts'
import { Budget } from './budget.ts'
import { TooMany } from './contents.ts'
import { type Format, Spans } from './decode.ts'
import { Forwarding, type RudderState } from './forward.ts'
import { type BridgeCounts, Metrics } from './metrics.ts'
import { problemOf, retryProblem } from './problems.ts'
import type { Refusal } from './refusal.ts'
import { RudderHealth } from './rudder-health.ts'
import { Turns } from './turns.ts'

/** The destination of the bridge, and its limits. */
export interface BridgeOptions extends Partial<BodyLimits> {
  readonly rudder: RudderDestination
  /** Most spans of one request; a request with more gets 413. Default 50,000. */
  readonly maxSpans?: number
  /** Most requests at the same time, counted once their body has been received; others get 429. Default 32. */
  readonly maxConcurrent?: number
  /** Milliseconds that Rudder has to take the events of a request; after that the client gets 503. Default 10,000. */
  readonly deadlineMs?: number
  /** Milliseconds without an accepted request after which `unready` returns a reason. Default 30,000. */
  readonly unreadyAfterMs?: number
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
  unreadyAfterMs: optional(positive),
  log: optional(callback),
  transport: optional(callback),
} satisfies Record<keyof BridgeOptions, Row>

export interface Bridge {
  /** Handles one OTLP/HTTP request, with the types of the Fetch API. Never rejects. */
  readonly handle: (request: Request) => Promise<Response>
  readonly counts: Readonly<BridgeCounts>
  /** Why clients should send elsewhere or later; undefined while the bridge is ready. */
  readonly unready: () => string | undefined
  /** All counts in Prometheus' text format, for `GET /metrics`. */
  readonly metrics: () => string
}

const formats: ReadonlyMap<string, Format> = new Map([
  ['application/json', 'json'],
  ['application/x-protobuf', 'protobuf'],
])

const formatOf = (request: Incoming): Format | undefined =>
  formats.get((request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '')

/** All requests together may hold this many bodies of the largest size. */
const largestBodies = 4

/** The bridge, for requests of the Fetch API and of Node's server. */
export class RudderBridge implements Bridge {
  private readonly options: Required<BridgeOptions>
  private readonly budget: Budget
  private readonly measured = new Metrics()
  private reading = 0
  private working = 0
  /** What RudderStack's answers have shown. */
  private readonly rudder: RudderState

  constructor(given: BridgeOptions) {
    checkOptions('createBridge', rows, given)
    const {
      maxBodyBytes = 4_000_000,
      maxInflatedBytes = 2 * maxBodyBytes,
      maxSpans = 50_000,
      maxConcurrent = 32,
      deadlineMs = 10_000,
      unreadyAfterMs = 30_000,
      log = () => undefined,
      transport = post,
      rudder,
    } = given
    const limits = { maxBodyBytes, maxInflatedBytes, maxSpans, maxConcurrent, deadlineMs, unreadyAfterMs }
    this.options = { ...limits, rudder, log, transport: this.measured.measured(transport) }
    this.budget = new Budget(largestBodies * maxInflatedBytes)
    this.rudder = { size: Number.POSITIVE_INFINITY, takes: false, health: new RudderHealth(unreadyAfterMs) }
  }

  get counts(): Readonly<BridgeCounts> {
    return this.measured.counts
  }

  readonly unready = (): string | undefined => {
    if (this.working >= this.options.maxConcurrent) return `${this.working} requests are in progress, and more get 429`
    return this.rudder.health.problem()
  }

  readonly metrics = (): string => {
    const { reading, working, budget } = this
    const { lastSuccess } = this.rudder.health
    return this.measured.text({ reading, working, bodyBytes: budget.used, lastSuccess, ready: !this.unready() })
  }

  readonly handle = async (request: Request): Promise<Response> => {
    const received = request.body ? Readable.fromWeb(request.body as ReadableStream) : Readable.from([])
    const { body, ...init } = await this.receive({ headers: request.headers, body: received })
    received.destroy()
    return new Response(typeof body === 'string' ? body : Uint8Array.from(body), init)
  }

  /** Handles a request whose body is being received. Never rejects. */
  async receive(incoming: Incoming): Promise<Answer> {
    const format = formatOf(incoming)
    if (!format) return this.answer('json', { status: 415, reason: 'the Content-Type is neither JSON nor protobuf' })
    const body = await this.read(incoming)
    if (isRefusal(body)) return this.answer(format, body)
    try {
      return this.answer(format, await this.takePlace(body.bytes, format))
    } catch {
      const reason = `the body cannot be handled (${body.bytes.length} bytes)`
      return this.answer(format, { status: 400, reason })
    } finally {
      body.share.release()
    }
  }

  private async read(incoming: Incoming): Promise<Body | Refusal> {
    this.reading += 1
    try {
      return await readBody(incoming, this.options, this.budget, this.measured)
    } finally {
      this.reading -= 1
    }
  }

  private answer(format: Format, problem: Problem | undefined): Answer {
    if (problem) this.options.log(`${problem.status}: ${problem.reason}`)
    this.measured.answered(problem)
    return answer(format, problem)
  }

  /** A request counts only now, since its body may have been received slowly. */
  private async takePlace(body: Uint8Array, format: Format): Promise<Problem | undefined> {
    if (this.working >= this.options.maxConcurrent) {
      return { status: 429, reason: 'the bridge has as many requests as it may: send again later', retryAfter: 1 }
    }
    this.working += 1
    try {
      return await this.take(body, format)
    } finally {
      this.working -= 1
    }
  }

  private async take(body: Uint8Array, format: Format): Promise<Problem | undefined> {
    const turns = new Turns()
    await turns.next()
    const spans = this.spansOf(body, format)
    if ('reason' in spans) return spans
    const forwarding = new Forwarding(this.options, this.rudder)
    const retry = await forwarding.run(spans.decoded(), turns)
    const problem = retry ? retryProblem(retry) : problemOf(spans.count, forwarding)
    this.measured.settled(spans.count, forwarding, problem)
    return problem
  }

  private spansOf(body: Uint8Array, format: Format): Spans | Problem {
    try {
      return new Spans(body, format, this.options.maxSpans)
    } catch (error) {
      if (error instanceof TooMany) return { status: 413, reason: `the body has ${error.message}` }
      return { status: 400, reason: `the body is not OTLP traces in ${format} (${body.length} bytes)` }
    }
  }
}

/**
 * Creates a bridge that maps the spans of OTLP/HTTP requests to RudderStack `track` calls. It keeps nothing, so the
 * collector in front of it must have a queue. It answers 200 only after RudderStack has taken the events, 429 or 503
 * with `Retry-After` if a later try can help, and another 4xx if none can. Throws a TypeError that names each wrong or
 * unknown option.
 */
export const createBridge = (options: BridgeOptions): Bridge => new RudderBridge(options)
