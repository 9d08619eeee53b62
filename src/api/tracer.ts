/**
 * The types of a tracer, as `@opentelemetry/api` 1.x has them. A host that has no OpenTelemetry of its own type-checks
 * without that package; in a host that has it, each of these is assignable to the type of the same name there, and
 * back.
 */

export type AttributeValue =
  | string
  | number
  | boolean
  | (string | null | undefined)[]
  | (number | null | undefined)[]
  | (boolean | null | undefined)[]

export interface Attributes {
  [key: string]: AttributeValue | undefined
}

/** Milliseconds since 1970, a date, or seconds and nanoseconds. */
export type TimeInput = number | Date | [seconds: number, nanoseconds: number]

export interface SpanContext {
  /** 32 hexadecimal digits. */
  traceId: string
  /** 16 hexadecimal digits. */
  spanId: string
  /** Bit 0: sampled. */
  traceFlags: number
  isRemote?: boolean
}

export interface Link {
  context: SpanContext
  attributes?: Attributes
}

export interface SpanOptions {
  /** A `SpanKind`: 0 internal (default), 1 server, 2 client, 3 producer, 4 consumer. */
  kind?: number
  attributes?: Attributes
  links?: Link[]
  startTime?: TimeInput
  /** Ignores the active span. */
  root?: boolean
}

export interface Span {
  spanContext(): SpanContext
  setAttribute(key: string, value: AttributeValue): this
  setAttributes(attributes: Attributes): this
  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this
  addLink(link: Link): this
  addLinks(links: Link[]): this
  /** `code` is a `SpanStatusCode`: 0 unset, 1 ok, 2 error. The message never leaves. */
  setStatus(status: { code: number; message?: string }): this
  updateName(name: string): this
  end(time?: TimeInput): void
  isRecording(): boolean
  recordException(exception: string | Error, time?: TimeInput): void
}

/** The context that spans are started in. `@opentelemetry/api` makes and reads it. */
export interface Context {
  getValue(key: symbol): unknown
  setValue(key: symbol, value: unknown): Context
  deleteValue(key: symbol): Context
}

export interface Tracer {
  startSpan(name: string, options?: SpanOptions, context?: Context): Span
  startActiveSpan<F extends (span: Span) => unknown>(name: string, run: F): ReturnType<F>
  startActiveSpan<F extends (span: Span) => unknown>(name: string, options: SpanOptions, run: F): ReturnType<F>
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    context: Context,
    run: F,
  ): ReturnType<F>
}
