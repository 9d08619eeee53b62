import { type Attributes, type Context, trace } from '@opentelemetry/api'
import { offTelemetry } from '../api/off.ts'
import type {
  Diagnostic,
  OperationInfo,
  OperationUnit,
  PolicyInfo,
  PolicyUnit,
  ProviderInfo,
  ProviderUnit,
  ResourceUnit,
} from '../api/telemetry.ts'
import { customPrefix } from '../schema/custom.ts'
import type { Scalar } from '../schema/shapes.ts'
import type { FetchStatus } from '../schema/vocabulary.ts'
import { CountedFetch } from './counted-fetch.ts'
import { noError } from './errors.ts'
import { OpenSpan } from './open-span.ts'
import { quietly } from './quietly.ts'
import type { RunContext } from './run-context.ts'
import { scopeIn } from './scope.ts'
import type { Failure } from './failure.ts'
import { type Begun, settle } from './settle.ts'

const policyAttributes = (info: PolicyInfo): Attributes => ({
  'cq.policy.name': info.name,
  'cq.policy.private': info.private ?? true,
  'cq.policy.type': info.type ?? 'other',
  'cq.policy.persistence': info.persistence ?? 'none',
  ...(info.selected === true && { 'cq.policy.selector': 'private' }),
})

const customAttributes = (values: Readonly<Record<string, Scalar | undefined>>): Attributes =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${customPrefix}${name}`, value]))

const begun = (open: OpenSpan | CountedFetch): Begun => ({
  context: open.context,
  end: (failure, endedAt) => open.end(failure, endedAt),
})

/**
 * The calls of the telemetry handle. Each runs the host's callback inside a span with attributes of the table. Whatever fails
 * in here, the callback runs once, and its value or error is the host's.
 */
export class Operations {
  private readonly runContext: RunContext

  constructor(runContext: RunContext) {
    this.runContext = runContext
  }

  operation<T>(info: string | OperationInfo, run: (operation: OperationUnit) => T): T {
    const open = quietly(() => this.beginOperation(info))
    if (!open) return offTelemetry.operation(info, run)
    const failedBefore = this.runContext.failsByCode()
    const end = (failure: Failure, endedAt?: number) => {
      const byCode = !failure && !open.handled && !failedBefore && this.runContext.failsByCode()
      if (failure) this.runContext.operationFailed(failure.error, String(open.operation), open.context)
      open.end(byCode ? (this.runContext.lastFailure ?? { error: noError }) : failure, endedAt)
    }
    const unit: OperationUnit = {
      ...this.nesting(open.context),
      ...this.reporting(open),
      set: (values) => void quietly(() => open.span.setAttributes(customAttributes(values))),
    }
    return settle(this.runContext.context, this.once({ context: open.context, end }), run, unit)
  }

  provider<T>(info: ProviderInfo, run: (provider: ProviderUnit) => T, parent?: Context): T {
    const open = quietly(() => {
      const version = info.version === undefined ? {} : { 'cq.provider.version': info.version }
      return this.begin(parent, { 'cq.span.type': 'provider', 'cq.provider.name': info.name, ...version })
    })
    if (!open) return offTelemetry.provider(info, run)
    const unit: ProviderUnit = {
      ...this.nesting(open.context),
      ...this.reporting(open),
      status: (status: FetchStatus) => open.setAtEnd('cq.fetch.status', status),
    }
    return settle(this.runContext.context, this.once(begun(open)), run, unit)
  }

  policy<T>(info: PolicyInfo, run: (policy: PolicyUnit) => T, parent?: Context): T {
    const open = quietly(() => this.begin(parent, { 'cq.span.type': 'policy', ...policyAttributes(info) }))
    if (!open) return offTelemetry.policy(info, run)
    return settle(this.runContext.context, this.once(begun(open)), run, this.reporting(open))
  }

  resource<T>(name: string, run: (resource: ResourceUnit) => T, parent?: Context): T {
    const open = quietly(() => this.beginResource(name, parent ?? this.runContext.context.active()))
    if (!open) return offTelemetry.resource(name, run)
    const unit =
      open instanceof CountedFetch
        ? open.handle
        : { ...this.reporting(open), count: (items: number) => open.addItems(items) }
    return settle(this.runContext.context, this.once(begun(open)), run, unit)
  }

  private nesting(parent: Context) {
    return {
      provider: <T>(info: ProviderInfo, run: (provider: ProviderUnit) => T) => this.provider(info, run, parent),
      resource: <T>(name: string, run: (resource: ResourceUnit) => T) => this.resource(name, run, parent),
      policy: <T>(info: PolicyInfo, run: (policy: PolicyUnit) => T) => this.policy(info, run, parent),
    }
  }

  private reporting(open: OpenSpan) {
    return {
      diagnostic: (diagnostic: Diagnostic) => {
        const { operation, provider } = scopeIn(open.context)
        quietly(() => operation?.addDiagnostic(diagnostic, provider))
      },
      error: (error: unknown) => open.addError(error),
    }
  }

  private beginOperation(info: string | OperationInfo): OpenSpan {
    // A host in JavaScript may give anything.
    const isInfo = typeof info === 'object' && (info as unknown) !== null
    const { name, options }: OperationInfo = isInfo ? info : { name: info as string }
    const open = this.begin(undefined, {
      'cq.span.type': 'operation',
      'cq.operation.name': name,
      ...(Array.isArray(options) && options.length > 0 && { 'cq.options': [...(options as string[])] }),
    })
    this.runContext.lastOperation = open
    return open
  }

  private begin(parent: Context | undefined, attributes: Attributes): OpenSpan {
    const { tracer, context } = this.runContext
    const parentContext = parent ?? context.active()
    const span = tracer.startSpan(String(attributes['cq.span.type']), { attributes }, parentContext)
    const name = attributes['cq.operation.name']
    const operation = typeof name === 'string' ? name : undefined
    return new OpenSpan(this.runContext, span, trace.setSpan(parentContext, span), operation)
  }

  private beginResource(name: string, parent: Context): OpenSpan | CountedFetch {
    const scope = scopeIn(parent)
    if (scope.operation && scope.operation.spans >= this.runContext.maxSpans)
      return new CountedFetch(this.runContext, name, parent, scope)
    return this.begin(parent, { 'cq.span.type': 'resource', 'cq.resource.name': name })
  }

  /** What `settle` needs of the work: where it runs, and its end, which comes once. */
  private once({ context, end }: Begun): Begun {
    let ended = false
    return {
      context,
      end: (failure, endedAt) => {
        if (ended) return
        ended = true
        quietly(() => end(failure, endedAt))
      },
    }
  }
}
