import { type Context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api'
import { asyncHooks } from '../machine/node.ts'

const { AsyncLocalStorage } = asyncHooks()

/**
 * The active span, kept apart from OpenTelemetry's global context: nothing of the host's own tracing is touched, and
 * nothing of it gets into our trace.
 */
export class ActiveContext {
  private readonly storage = new AsyncLocalStorage<Context>()
  private readonly root: Context

  constructor(rootSpan?: Span) {
    this.root = rootSpan ? trace.setSpan(ROOT_CONTEXT, rootSpan) : ROOT_CONTEXT
  }

  active(): Context {
    return this.storage.getStore() ?? this.root
  }

  run<T>(context: Context, callback: () => T): T {
    return this.storage.getStore() === context ? callback() : this.storage.run(context, callback)
  }
}
