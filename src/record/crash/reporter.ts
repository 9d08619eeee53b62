import { randomHex } from '../../machine/ids.ts'
import type { Attributes, Context, SpanContext } from '@opentelemetry/api'
import type { Publicize } from '../../schema/names.ts'
import type { HrTime, RawSpan } from '../../schema/sanitize.ts'
import type { CrashKind } from '../../schema/vocabulary.ts'
import type { Classified } from '../errors.ts'
import { crashAttributes } from './report.ts'

export interface CrashReporterOptions {
  readonly app: string
  readonly publicize: Publicize
  readonly classify: (error: unknown) => Classified
  /** Whether a report with this fingerprint is within the daily limit. */
  readonly admit: (fingerprint: string) => boolean
  /** Records the span of a report. `time` is in milliseconds since 1970. */
  readonly emit: (attributes: Attributes, parent: Context, time: number) => void
  /** Called when the errors that waited have been reported. */
  readonly reported: () => void
}

/** An error that ended an operation or the process. */
export interface Crash {
  readonly error: unknown
  readonly kind: CrashKind
  readonly parent: Context
  /** The public name of the operation that was running, if any. */
  readonly operation: string | undefined
}

interface Dated extends Crash {
  readonly time: number
}

/** How long the error of an operation waits before it is reported, in milliseconds. */
const patienceMs = 1_000
/** The most errors that wait. Reporting thousands at once would block a host in which thousands of operations fail. */
const maxWaiting = 100

/**
 * Whether the error that ended the process is the value that was thrown before. For a rejection with a value that is no
 * error, Node makes an error of its own. Either may be a proxy that throws, or `null`.
 */
const isSame = (known: unknown, error: unknown): boolean => {
  try {
    if (Object.is(known, error)) return true
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ERR_UNHANDLED_REJECTION' || known instanceof Error) return false
    // Node's error says which text or number it was. All objects are called "#<Object>".
    return Object(known) === known || message.endsWith(`"${String(known)}".`)
  } catch {
    return false
  }
}

/**
 * Reports each error once, since an error that ends an operation usually ends the process as well. It reads the frames
 * after Node has printed the error: a stack that was read before is printed without the line of the source.
 */
export class CrashReporter {
  private readonly options: CrashReporterOptions
  private readonly reported = new WeakSet<object>()
  private waiting: Dated[] = []

  constructor(options: CrashReporterOptions) {
    this.options = options
  }

  /**
   * Reports the error of an operation later, because the process may end of it. Returns false if it was reported
   * before. Never throws.
   */
  reportLater(crash: Crash): boolean {
    if (this.wasReported(crash.error)) return false
    if (this.waiting.length >= maxWaiting) this.flush()
    this.waiting.push({ ...crash, time: Date.now() })
    if (this.waiting.length === 1) setTimeout(() => this.flush(), patienceMs).unref()
    return true
  }

  /** Reports an error that ends the process. Never throws. */
  report(crash: Crash): void {
    const wasReported = this.wasReported(crash.error)
    this.flush()
    if (!wasReported) this.write({ ...crash, time: Date.now() })
  }

  /** Reports the errors that wait. */
  flush(): void {
    const crashes = this.waiting
    this.waiting = []
    for (const crash of crashes) this.write(crash)
    if (crashes.length > 0) this.options.reported()
  }

  private write({ error, kind, parent, operation, time }: Dated): void {
    try {
      const { app, publicize, classify, admit, emit } = this.options
      const attributes = crashAttributes(error, { kind, app, operation, publicize, classify })
      if (admit(String(attributes['cq.crash.fingerprint']))) emit(attributes, parent, time)
    } catch {
      // An error whose properties throw is not reported.
    }
  }

  private wasReported(error: unknown): boolean {
    // A text or a number has no identity. An equal one that still waits counts as the same.
    if (this.waiting.some((known) => isSame(known.error, error))) return true
    if (Object(error) !== error) return false
    if (this.reported.has(error as object)) return true
    this.reported.add(error as object)
    return false
  }
}

/** Made without the tracer, since the host can put any frames and fingerprint on a span of the tracer. */
export const crashSpan = (attributes: Attributes, { traceId, spanId }: SpanContext, ms: number): RawSpan => {
  const time: HrTime = [Math.floor(ms / 1e3), Math.floor((ms % 1e3) * 1e6)]
  return { traceId, spanId: randomHex(16), parentSpanId: spanId, startTime: time, endTime: time, attributes }
}
