import type { Transport } from '../deliver/send/http.ts'
import { distro } from '../schema/distro.ts'
import type { Problem } from './answer.ts'
import type { Forwarding } from './forward.ts'
import { Counter, gaugeText, Histogram } from './prometheus.ts'

/** Why a request's spans were answered with an error, or why spans of an accepted request were left out. */
const refusals = ['rudder_unavailable', 'rudder_rejected', 'foreign'] as const
const drops = ['no_event', 'foreign'] as const

/**
 * Seconds. RudderStack's gateway accepts a batch within some tens of milliseconds. A request may take half of a
 * deadline.
 */
const latencies = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const results = ['taken', 'partial', 'retry', 'refused'] as const

const resultOf = (problem: Problem | undefined): (typeof results)[number] => {
  if (!problem) return 'taken'
  if (problem.status === 200) return 'partial'
  return problem.status === 429 || problem.status === 503 ? 'retry' : 'refused'
}

const refusalOf = ({ status }: Problem, { taken }: Forwarding): (typeof refusals)[number] => {
  if (status !== 400) return 'rudder_unavailable'
  return taken === 0 ? 'foreign' : 'rudder_rejected'
}

/** Totals since the bridge was created. */
export interface BridgeCounts {
  requests: number
  spans: number
  events: number
  /** Requests that were refused, for good or to be retried. */
  notTaken: number
}

/** Values that are measured when the metrics are read. */
export interface Readings {
  readonly reading: number
  readonly working: number
  readonly bodyBytes: number
  /** Seconds since 1970; 0 if RudderStack has not accepted anything yet. */
  readonly lastSuccess: number
  readonly ready: boolean
}

/** The bridge's counts since it was created. Each received span is forwarded, dropped or refused. */
export class Metrics {
  readonly counts: BridgeCounts = { requests: 0, spans: 0, events: 0, notTaken: 0 }
  readonly requests = new Counter(
    'cq_bridge_requests_total',
    'Requests by result and status.',
    results.slice(0, 2).map((result) => ({ result, code: 200 })),
  )
  readonly receivedBytes = new Counter('cq_bridge_received_bytes_total', 'Bytes of bodies as received.')
  readonly decodedBytes = new Counter('cq_bridge_decoded_bytes_total', 'Bytes of whole bodies after decompression.')
  readonly spansReceived = new Counter('cq_bridge_spans_received_total', 'Spans in requests that could be read.')
  readonly spansForwarded = new Counter('cq_bridge_spans_forwarded_total', 'Spans whose events were sent.')
  readonly spansDropped = new Counter(
    'cq_bridge_spans_dropped_total',
    'Spans of accepted requests that were not sent: those whose operation has their sums, and foreign ones.',
    drops.map((reason) => ({ reason })),
  )
  readonly spansRefused = new Counter(
    'cq_bridge_spans_refused_total',
    'Spans in requests that were answered with an error. Their client sends them again if RudderStack was unavailable.',
    refusals.map((reason) => ({ reason })),
  )
  readonly eventsDelivered = new Counter('cq_bridge_events_delivered_total', 'Events that RudderStack has taken.')
  readonly eventsRejected = new Counter(
    'cq_bridge_events_rejected_total',
    'Events that RudderStack has refused for good.',
  )
  private readonly rudderRequests = new Counter(
    'cq_bridge_rudder_requests_total',
    'Requests to RudderStack, by its status or by the failure.',
    [],
  )
  private readonly rudderLatency = new Histogram(
    'cq_bridge_rudder_request_duration_seconds',
    'Time of a request to RudderStack, failures included.',
    latencies,
  )

  answered(problem: Problem | undefined): void {
    const code = problem?.status ?? 200
    this.counts.requests += 1
    if (code !== 200) this.counts.notTaken += 1
    this.requests.add(1, { result: resultOf(problem), code })
  }

  /** Counts the spans of a request that was read. */
  settled(spans: number, forwarding: Forwarding, problem: Problem | undefined): void {
    const { taken, withoutEvents, delivered, rejected } = forwarding
    this.eventsDelivered.add(delivered)
    this.eventsRejected.add([...rejected.values()].reduce((sum, count) => sum + count, 0))
    this.spansReceived.add(spans)
    if (problem && problem.status !== 200) {
      this.spansRefused.add(spans, { reason: refusalOf(problem, forwarding) })
      return
    }
    this.counts.spans += spans
    this.counts.events += delivered
    this.spansForwarded.add(taken - withoutEvents)
    this.spansDropped.add(withoutEvents, { reason: 'no_event' })
    this.spansDropped.add(spans - taken, { reason: 'foreign' })
  }

  /** Measures each request to RudderStack. */
  measured(transport: Transport): Transport {
    return async (post) => {
      const start = performance.now()
      const answer = await transport(post)
      this.rudderLatency.observe((performance.now() - start) / 1000)
      this.rudderRequests.add(1, { code: answer.kind === 'response' ? answer.status : (answer.code ?? answer.reason) })
      return answer
    }
  }

  /** The answer to `GET /metrics`. */
  text({ reading, working, bodyBytes, lastSuccess, ready }: Readings): string {
    const own = Object.values(this).filter((value) => value instanceof Counter || value instanceof Histogram)
    return [
      ...own.map((metric) => metric.text()),
      gaugeText(
        'cq_bridge_requests_in_flight',
        'Requests whose body is coming, and those at work.',
        [reading, { stage: 'reading' }],
        [working, { stage: 'working' }],
      ),
      gaugeText('cq_bridge_body_bytes', 'Memory that the bodies of all requests hold.', [bodyBytes]),
      gaugeText('cq_bridge_rudder_last_success_timestamp_seconds', 'When RudderStack last took events; 0 for never.', [
        lastSuccess,
      ]),
      gaugeText('cq_bridge_ready', 'Whether GET /ready answers 200.', [ready ? 1 : 0]),
      gaugeText('cq_bridge_build_info', 'Always 1.', [1, { version: distro.version, node: process.versions.node }]),
    ].join('')
  }
}
