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

  /** Whether a span of the run is active. */
  get isInside(): boolean {
    return this.storage.getStore() !== undefined
  }

  /**
   * Makes a context the active one. Returns a function that restores the one before. `AsyncLocalStorage.run` is not
   * used, since it puts two frames into the host's stacks.
   */
  enter(context: Context): () => void {
    const before = this.storage.getStore()
    this.storage.enterWith(context)
    // The type lacks undefined, which is the context outside of all spans.
    return () => this.storage.enterWith(before as Context)
  }

  run<T, A>(context: Context, callback: (argument: A) => T, argument: A): T {
    return this.storage.getStore() === context ? callback(argument) : this.storage.run(context, callback, argument)
  }
}
