import { type Attributes, type Context, type Span, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api'
import type {
  Diagnostic,
  OperationUnit,
  PolicyInfo,
  PolicyUnit,
  ProviderInfo,
  ProviderUnit,
  ResourceUnit,
} from '../api/telemetry.ts'
import type { Scalar } from '../schema/shapes.ts'
import { diagnosticSeverities, diagnosticTypes, type FetchStatus } from '../schema/vocabulary.ts'
import { customPrefix } from '../schema/custom.ts'
import type { ActiveContext } from './active-context.ts'
import type { Classified } from './errors.ts'
import { type Scope, scopeIn } from './scope.ts'
import { type Failure, settle } from './settle.ts'

/** What operations, providers, resources and policies share with the run that they belong to. */
export interface RunContext {
  readonly tracer: Tracer
  readonly context: ActiveContext
  readonly classify: (error: unknown) => Classified
  /** Spans below an operation that are sent one by one. */
  readonly maxSpans: number
  /** Units that have begun and not ended, in this order: the end of the process ends them. */
  readonly open: Set<Open>
  /** What last went wrong: the run's own error where it fails. */
  lastFailure: Failure
  /** An operation has ended with an error that its callback threw. */
  readonly operationFailed: (error: unknown, name: string, parent: Context) => void
}

const isDiagnostic = ({ severity, type }: Diagnostic): boolean =>
  diagnosticSeverities.includes(severity) && diagnosticTypes.includes(type)

export const errorAttributes = ({ type, errorClass, sqlStateClass }: Classified): Attributes => ({
  'error.type': type,
  'cq.error.class': errorClass,
  ...(sqlStateClass !== undefined && { 'cq.error.sqlstate_class': sqlStateClass }),
})

/** Items and errors that a unit is told of while it runs. */
class Counts {
  items = 0
  errors = 0
  /** The first error that was handled by the host. */
  handled: Failure

  addItems(items: number): void {
    if (Number.isSafeInteger(items) && items > 0) this.items += items
  }

  addError(error: unknown): void {
    this.errors += 1
    this.handled ??= { error }
  }
}

/** What is at work; the end of the process ends it. */
interface Open {
  readonly context: Context
  /** The name of the operation, for a unit that is one. */
  readonly operation: string | undefined
  end(failure: Failure): void
}

/** A unit that is at work, with the span that stands for it. */
class OpenUnit extends Counts implements Open {
  private readonly own: Attributes = {}
  private readonly runContext: RunContext
  readonly span: Span
  readonly context: Context
  readonly operation: string | undefined

  constructor(runContext: RunContext, span: Span, context: Context, operation?: string) {
    super()
    this.operation = operation
    this.runContext = runContext
    this.span = span
    this.context = context
    runContext.open.add(this)
  }

  set(key: string, value: string): void {
    this.own[key] = value
  }

  /** Ends the span once; what comes after is too late to be counted. */
  end(failure: Failure): void {
    if (!this.runContext.open.delete(this)) return
    const wrong = failure ?? this.handled
    this.span.setAttributes({
      ...this.own,
      'cq.success': wrong === undefined,
      ...(wrong && errorAttributes(this.runContext.classify(wrong.error))),
      ...(this.items > 0 && { 'cq.resource.count': this.items }),
      ...(this.errors > 0 && { 'cq.errors': this.errors }),
    })
    if (wrong) {
      // What ends after its operation is what the end of it has broken.
      if (!scopeIn(this.context).operation?.ended) this.runContext.lastFailure = wrong
      this.span.setStatus({ code: SpanStatusCode.ERROR })
    }
    this.span.end()
  }
}

/** A fetch without a span of its own. A million of them may be at work at once, so it holds no more than it must. */
class TalliedUnit extends Counts implements Open {
  private readonly began = performance.now()
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

  /** What the host gets. */
  get handle(): ResourceUnit {
    return {
      count: (items) => this.addItems(items),
      error: (error) => this.addError(error),
      diagnostic: (diagnostic) => report(this.scope, diagnostic),
    }
  }

  end(failure: Failure): void {
    if (!this.runContext.open.delete(this)) return
    const { operation, provider } = this.scope
    if (!operation || operation.ended) return
    this.runContext.lastFailure = failure ?? this.handled ?? this.runContext.lastFailure
    operation.dropped += 1
    ;(provider ?? operation.loose).addFetch(this.name, {
      count: this.items,
      errors: Math.max(this.errors, failure ? 1 : 0),
      ms: performance.now() - this.began,
    })
  }
}

const policyAttributes = (info: PolicyInfo): Attributes => ({
  'cq.policy.name': info.name,
  'cq.policy.private': info.private ?? true,
  'cq.policy.type': info.type ?? 'other',
  'cq.policy.persistence': info.persistence ?? 'none',
  ...(info.selected === true && { 'cq.policy.selector': 'private' }),
})

const customOf = (values: Readonly<Record<string, Scalar | undefined>>): Attributes =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${customPrefix}${name}`, value]))

/** The calls of the public surface, as spans with the attributes of the table. */
export class Operations {
  private readonly runContext: RunContext

  constructor(runContext: RunContext) {
    this.runContext = runContext
  }

  operation<T>(name: string, run: (unit: OperationUnit) => T, parent?: Context): T {
    return this.enter(
      { 'cq.span.type': 'operation', 'cq.operation.name': name },
      parent,
      (unit) =>
        run({
          ...this.nesting(unit.context),
          ...this.reports(unit),
          set: (values) => unit.span.setAttributes(customOf(values)),
        }),
      ({ error }, unit) => this.runContext.operationFailed(error, name, unit.context),
    )
  }

  provider<T>(info: ProviderInfo, run: (unit: ProviderUnit) => T, parent?: Context): T {
    const version = info.version === undefined ? {} : { 'cq.provider.version': info.version }
    const attributes = { 'cq.span.type': 'provider', 'cq.provider.name': info.name, ...version }
    return this.enter(attributes, parent, (unit) =>
      run({
        ...this.nesting(unit.context),
        ...this.reports(unit),
        status: (status: FetchStatus) => unit.set('cq.fetch.status', status),
      }),
    )
  }

  policy<T>(info: PolicyInfo, run: (unit: PolicyUnit) => T, parent?: Context): T {
    const attributes = { 'cq.span.type': 'policy', ...policyAttributes(info) }
    return this.enter(attributes, parent, (unit) => run(this.reports(unit)))
  }

  resource<T>(name: string, run: (unit: ResourceUnit) => T, parent = this.runContext.context.active()): T {
    const scope = scopeIn(parent)
    if (scope.operation && scope.operation.spans >= this.runContext.maxSpans)
      return this.tallied(name, run, parent, scope)
    return this.enter({ 'cq.span.type': 'resource', 'cq.resource.name': name }, parent, (unit) =>
      run({ ...this.reports(unit), count: (items) => unit.addItems(items) }),
    )
  }

  private nesting(parent: Context) {
    return {
      provider: <T>(info: ProviderInfo, run: (unit: ProviderUnit) => T) => this.provider(info, run, parent),
      resource: <T>(name: string, run: (unit: ResourceUnit) => T) => this.resource(name, run, parent),
      policy: <T>(info: PolicyInfo, run: (unit: PolicyUnit) => T) => this.policy(info, run, parent),
    }
  }

  private reports(unit: OpenUnit) {
    return {
      diagnostic: (diagnostic: Diagnostic) => report(scopeIn(unit.context), diagnostic),
      error: (error: unknown) => unit.addError(error),
    }
  }

  private enter<T>(
    attributes: Attributes,
    parent: Context | undefined,
    run: (unit: OpenUnit) => T,
    failed?: (failure: NonNullable<Failure>, unit: OpenUnit) => void,
  ): T {
    const { tracer, context } = this.runContext
    const above = parent ?? context.active()
    const span = tracer.startSpan(String(attributes['cq.span.type']), { attributes }, above)
    const name = attributes['cq.operation.name']
    const unit = new OpenUnit(
      this.runContext,
      span,
      trace.setSpan(above, span),
      typeof name === 'string' ? name : undefined,
    )
    return settle(() => context.run(unit.context, () => run(unit)), {
      end: (failure) => {
        if (failure) failed?.(failure, unit)
        unit.end(failure)
      },
    })
  }

  /** Beyond the cap on spans a fetch is summed up without one. */
  private tallied<T>(name: string, run: (unit: ResourceUnit) => T, parent: Context, scope: Scope): T {
    const { context } = this.runContext
    const unit = new TalliedUnit(this.runContext, name, parent, scope)
    return settle(() => context.run(parent, () => run(unit.handle)), unit)
  }
}

const report = ({ operation, provider }: Scope, diagnostic: Diagnostic): void => {
  if (isDiagnostic(diagnostic)) operation?.addDiagnostic(diagnostic, provider)
}
