import type { Context } from '@opentelemetry/api'
import type { ResourceUnit } from '../api/telemetry.ts'
import { Counts } from './counts.ts'
import { quietly } from './quietly.ts'
import type { OpenWork, RunContext } from './run-context.ts'
import type { Scope } from './scope.ts'
import type { Failure } from './failure.ts'

/**
 * An open fetch of a resource that is only counted in the sums and has no span. A million of them may be open at once,
 * so each holds as little as possible.
 */
export class CountedFetch extends Counts implements OpenWork {
  private readonly startMs = performance.now()
  private readonly runContext: RunContext
  private readonly name: string
  private readonly scope: Scope
  readonly context: Context

  constructor(runContext: RunContext, name: string, context: Context, scope: Scope) {
    super()
    this.runContext = runContext
    this.name = name
    this.context = context
    this.scope = scope
    runContext.open.add(this)
  }

  get operation(): undefined {
    return undefined
  }

  /** The argument of the host's callback. */
  get handle(): ResourceUnit {
    return {
      count: (items) => this.addItems(items),
      error: (error) => this.addError(error),
      diagnostic: (diagnostic) => {
        quietly(() => this.scope.operation?.addDiagnostic(diagnostic, this.scope.provider))
      },
    }
  }

  /** Adds the fetch to the sums, unless its operation has ended. Further calls do nothing. */
  end(failure: Failure): void {
    if (!this.runContext.open.delete(this)) return
    const { operation, provider } = this.scope
    if (!operation || operation.ended) return
    this.runContext.lastFailure = failure ?? this.handled ?? this.runContext.lastFailure
    operation.dropped += 1
    ;(provider ?? operation.withoutProvider).addFetch(this.name, {
      count: this.items,
      errors: Math.max(this.errors, failure ? 1 : 0),
      ms: performance.now() - this.startMs,
    })
  }
}
