import { sha1 } from '../../machine/ids.ts'
import type { Attributes, Context } from '@opentelemetry/api'
import type { RawSpan } from '../../schema/sanitize.ts'
import type { CrashKind } from '../../schema/vocabulary.ts'
import { type Classified, classify } from '../errors.ts'
import { crashAttributes } from './report.ts'

export interface CrashReporterOptions {
  readonly app: string
  readonly classify: (error: unknown) => Classified
  /** Whether a report with this fingerprint is one of the few of today. */
  readonly admit: (fingerprint: string) => boolean
  readonly emit: (attributes: Attributes, parent: Context) => void
}

export interface Crash {
  readonly error: unknown
  readonly kind: CrashKind
  readonly parent: Context
  /** The public name of the operation, if one was at work. */
  readonly operation: string | undefined
}

/** Makes one report of each crash. What ends an operation usually ends the run as well: it is one crash. */
export class CrashReporter {
  private readonly options: CrashReporterOptions
  private readonly reported = new WeakSet<object>()

  constructor(options: CrashReporterOptions) {
    this.options = options
  }

  /** Never throws: the error is whatever was thrown, and it must reach the host's own handlers as it is. */
  report({ error, kind, parent, operation }: Crash): void {
    try {
      if (this.isKnown(error)) return
      const { app, classify: classified, admit, emit } = this.options
      const attributes = crashAttributes(error, { kind, app, operation, classify: classified })
      if (admit(String(attributes['cq.crash.fingerprint']))) emit(attributes, parent)
    } catch {
      // An error that cannot be looked at is not reported.
    }
  }

  private isKnown(error: unknown): boolean {
    if (typeof error !== 'object' || error === null) return false
    if (this.reported.has(error)) return true
    this.reported.add(error)
    return false
  }
}

/**
 * The report of an operation that was killed. Its ids come from the operation's, so that it is the same however often it
 * is told.
 */
export const killedCrash = (operation: RawSpan, app: string): RawSpan => {
  const { traceId, spanId, startTime, attributes } = operation
  const name = attributes['cq.operation.name']
  const crash = crashAttributes(undefined, {
    kind: 'killed',
    app,
    operation: typeof name === 'string' ? name : undefined,
    classify: (error) => classify(error, undefined),
  })
  const ownId = sha1(`crash ${traceId} ${spanId}`).slice(0, 16)
  return { traceId, spanId: ownId, parentSpanId: spanId, startTime, endTime: startTime, attributes: crash }
}
