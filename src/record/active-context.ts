import { type Context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api'
import { asyncHooks } from '../machine/node.ts'

const { AsyncLocalStorage } = asyncHooks()

/**
 * Keeps the active span apart from OpenTelemetry's global context, so that the host's own tracing and this trace cannot
 * affect each other.
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

  /** Passes the argument on: a function around the callback would be one more frame in the stack of its errors. */
  run<T, A>(context: Context, callback: (argument: A) => T, argument: A): T {
    return this.storage.getStore() === context ? callback(argument) : this.storage.run(context, callback, argument)
  }
}
