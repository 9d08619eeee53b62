import type { Declarations } from '../schema/custom.ts'

export interface OtlpDestination {
  /** Complete. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds for a request, within the deadline of all. */
  readonly timeoutMs?: number
  readonly compression?: 'gzip' | 'none'
  /** Paths of PEM files; one that cannot be read is as if it were not given. */
  readonly certificates?: { readonly ca?: string; readonly key?: string; readonly cert?: string }
}

/** What the child is told, on standard input: it holds keys, so it is never an argument nor in the environment. */
export interface Job {
  /** Of the tool's telemetry files (`machine/layout.ts`); absent where the user has no home of their own. */
  readonly directory?: string
  readonly rudder?: { readonly writeKey: string; readonly dataPlaneUrl: string }
  readonly otlp?: OtlpDestination
  /** Attributes that the host declares, by which the lines are checked again. */
  readonly attributes?: Declarations
  /** Unix time in milliseconds at which the child is over, whatever the servers do. */
  readonly deadline: number
  readonly debug: boolean
  /** Lines that no disk took: sent at once, or lost. */
  readonly lines?: readonly string[]
}
