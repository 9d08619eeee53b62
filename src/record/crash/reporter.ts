import { randomHex, sha1 } from '../../machine/ids.ts'
import type { Attributes, Context, SpanContext } from '@opentelemetry/api'
import type { Publicize } from '../../schema/names.ts'
import type { HrTime, RawSpan } from '../../schema/sanitize.ts'
import type { CrashKind } from '../../schema/vocabulary.ts'
import { type Classified, classify } from '../errors.ts'
import { crashAttributes } from './report.ts'

export interface CrashReporterOptions {
  readonly app: string
  readonly publicize: Publicize
  readonly classify: (error: unknown) => Classified
  /** Whether a report with this fingerprint is within the daily limit. */
  readonly admit: (fingerprint: string) => boolean
  /** Records the span of a report. */
  readonly emit: (attributes: Attributes, parent: Context) => void
}

/** An error that ended an operation or the process. */
export interface Crash {
  readonly error: unknown
  readonly kind: CrashKind
  readonly parent: Context
  /** The public name of the operation that was running, if any. */
  readonly operation: string | undefined
}

/** Reports each error once: an error that ends an operation usually ends the process as well. */
export class CrashReporter {
  private readonly options: CrashReporterOptions
  private readonly reported = new WeakSet<object>()

  constructor(options: CrashReporterOptions) {
    this.options = options
  }

  /** Never throws, since the error must still reach the host's own handlers. */
  report({ error, kind, parent, operation }: Crash): void {
    try {
      if (this.wasReported(error)) return
      const { app, publicize, classify: classified, admit, emit } = this.options
      const attributes = crashAttributes(error, { kind, app, operation, publicize, classify: classified })
      if (admit(String(attributes['cq.crash.fingerprint']))) emit(attributes, parent)
    } catch {
      // An error whose properties throw is not reported.
    }
  }

  private wasReported(error: unknown): boolean {
    if (typeof error !== 'object' || error === null) return false
    if (this.reported.has(error)) return true
    this.reported.add(error)
    return false
  }
}

/** Not made with the tracer: what the fingerprint and the frames of a tracer's span are, only its maker knows. */
export const crashSpan = (attributes: Attributes, { traceId, spanId }: SpanContext): RawSpan => {
  const ms = performance.timeOrigin + performance.now()
  const now: HrTime = [Math.floor(ms / 1e3), Math.floor((ms % 1e3) * 1e6)]
  return { traceId, spanId: randomHex(16), parentSpanId: spanId, startTime: now, endTime: now, attributes }
}

/**
 * The crash report of an operation whose process was killed. Its span id is a hash of the operation's ids, so that a
 * report that is sent twice has the same id.
 */
export const killedCrash = (operation: RawSpan, app: string, publicize: Publicize): RawSpan => {
  const { traceId, spanId, startTime, attributes } = operation
  const name = attributes['cq.operation.name']
  const crash = crashAttributes(undefined, {
    kind: 'killed',
    app,
    operation: publicize('operations', name),
    publicize,
    classify: (error) => classify(error, undefined),
  })
  const ownId = sha1(`crash ${traceId} ${spanId}`).slice(0, 16)
  return { traceId, spanId: ownId, parentSpanId: spanId, startTime, endTime: startTime, attributes: crash }
}
