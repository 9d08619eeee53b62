import { type Attributes, type Context, trace } from '@opentelemetry/api'
import type {
  Diagnostic,
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
import { OpenSpan } from './open-span.ts'
import type { RunContext } from './run-context.ts'
import { type Scope, scopeIn } from './scope.ts'
import { type Failure, settle } from './settle.ts'

const policyAttributes = (info: PolicyInfo): Attributes => ({
  'cq.policy.name': info.name,
  'cq.policy.private': info.private ?? true,
  'cq.policy.type': info.type ?? 'other',
  'cq.policy.persistence': info.persistence ?? 'none',
  ...(info.selected === true && { 'cq.policy.selector': 'private' }),
})

const customAttributes = (values: Readonly<Record<string, Scalar | undefined>>): Attributes =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${customPrefix}${name}`, value]))

/** The calls of the telemetry handle. Each runs the host's callback inside a span with attributes of the table. */
export class Operations {
  private readonly runContext: RunContext

  constructor(runContext: RunContext) {
    this.runContext = runContext
  }

  operation<T>(name: string, run: (operation: OperationUnit) => T, parent?: Context): T {
    return this.runInSpan(
      { 'cq.span.type': 'operation', 'cq.operation.name': name },
      parent,
      (open) =>
        run({
          ...this.nesting(open.context),
          ...this.reporting(open),
          set: (values) => open.span.setAttributes(customAttributes(values)),
        }),
      ({ error }, open) => this.runContext.operationFailed(error, name, open.context),
    )
  }

  provider<T>(info: ProviderInfo, run: (provider: ProviderUnit) => T, parent?: Context): T {
    const version = info.version === undefined ? {} : { 'cq.provider.version': info.version }
    const attributes = { 'cq.span.type': 'provider', 'cq.provider.name': info.name, ...version }
    return this.runInSpan(attributes, parent, (open) =>
      run({
        ...this.nesting(open.context),
        ...this.reporting(open),
        status: (status: FetchStatus) => open.setAtEnd('cq.fetch.status', status),
      }),
    )
  }

  policy<T>(info: PolicyInfo, run: (policy: PolicyUnit) => T, parent?: Context): T {
    const attributes = { 'cq.span.type': 'policy', ...policyAttributes(info) }
    return this.runInSpan(attributes, parent, (open) => run(this.reporting(open)))
  }

  resource<T>(name: string, run: (resource: ResourceUnit) => T, parent = this.runContext.context.active()): T {
    const scope = scopeIn(parent)
    if (scope.operation && scope.operation.spans >= this.runContext.maxSpans)
      return this.runWithoutSpan(name, run, parent, scope)
    return this.runInSpan({ 'cq.span.type': 'resource', 'cq.resource.name': name }, parent, (open) =>
      run({ ...this.reporting(open), count: (items) => open.addItems(items) }),
    )
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
        operation?.addDiagnostic(diagnostic, provider)
      },
      error: (error: unknown) => open.addError(error),
    }
  }

  private runInSpan<T>(
    attributes: Attributes,
    parent: Context | undefined,
    run: (open: OpenSpan) => T,
    onFailure?: (failure: NonNullable<Failure>, open: OpenSpan) => void,
  ): T {
    const { tracer, context } = this.runContext
    const parentContext = parent ?? context.active()
    const span = tracer.startSpan(String(attributes['cq.span.type']), { attributes }, parentContext)
    const name = attributes['cq.operation.name']
    const operation = typeof name === 'string' ? name : undefined
    const open = new OpenSpan(this.runContext, span, trace.setSpan(parentContext, span), operation)
    return settle(() => context.run(open.context, () => run(open)), {
      end: (failure) => {
        if (failure) onFailure?.(failure, open)
        open.end(failure)
      },
    })
  }

  private runWithoutSpan<T>(name: string, run: (resource: ResourceUnit) => T, parent: Context, scope: Scope): T {
    const fetch = new CountedFetch(this.runContext, name, parent, scope)
    return settle(() => this.runContext.context.run(parent, () => run(fetch.handle)), fetch)
  }
}
