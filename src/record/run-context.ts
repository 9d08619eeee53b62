import type { Context, Tracer } from '@opentelemetry/api'
import type { ActiveContext } from './active-context.ts'
import type { Classified } from './errors.ts'
import type { Failure } from './failure.ts'

/** An operation, provider, resource or policy that has started and not ended. */
export interface OpenWork {
  readonly context: Context
  /** The name of an operation; undefined for a provider, resource or policy. */
  readonly operation: string | undefined
  end(failure: Failure, endedAt?: number): void
}

/** What the operations, providers, resources and policies of a run share. */
export interface RunContext {
  readonly tracer: Tracer
  readonly context: ActiveContext
  readonly classify: (error: unknown) => Classified
  /** The most spans below an operation that are sent individually. */
  readonly maxSpans: number
  /** Open work in the order of its start; the end of the process ends it. */
  readonly open: Set<OpenWork>
  /** The latest error. If the run fails, this is the error of the run. */
  lastFailure: Failure
  /** The operation that started last. */
  lastOperation: OpenWork | undefined
  /** Whether the current exit code means that the run fails. */
  readonly failsByCode: () => boolean
  /** Called when the callback of an operation has thrown. */
  readonly operationFailed: (error: unknown, name: string, parent: Context) => void
}
