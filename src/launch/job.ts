import type { Declarations } from '../schema/custom.ts'

export interface OtlpDestination {
  /** The complete URL, with the path. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds for one request. The job's deadline also holds. */
  readonly timeoutMs?: number
  readonly compression?: 'gzip' | 'none'
  /** Paths of PEM files. A file that cannot be read is ignored. */
  readonly certificates?: { readonly ca?: string; readonly key?: string; readonly cert?: string }
}

/**
 * The task of the child. The child reads it from standard input, because arguments and the environment must not contain
 * keys.
 */
export interface Job {
  /** Directory of the tool's telemetry files (`machine/layout.ts`); absent if the user has no home of their own. */
  readonly directory?: string
  readonly rudder?: { readonly writeKey: string; readonly dataPlaneUrl: string }
  readonly otlp?: OtlpDestination
  /** An organisation's collector, which replaces the tool's own destinations. */
  readonly redirect?: OtlpDestination
  /** Where the publisher's control file is, which key must have signed it, and for which tool and version. */
  readonly controls?: {
    readonly url: string
    readonly publicKey: string
    readonly app: { readonly name: string; readonly version: string }
  }
  /** The host's own attributes, needed to sanitize the spooled lines again. */
  readonly attributes?: Declarations
  /**
   * Milliseconds after the start of the child's process, by `performance.now()`, at which the job ends, even if a
   * request is open. It is not a time of day, since a clock that is set back would let the child live longer.
   */
  readonly endsAfterMs: number
  readonly debug: boolean
  /** The user asks for sending now, so a pause after a failure is ignored. */
  readonly ignorePauses?: true
  /** Lines that could not be written to the spool. The child sends them at once, or they are lost. */
  readonly lines?: readonly string[]
}

/** A job before the child is started. Starting the child sets its end. */
export type Work = Omit<Job, 'endsAfterMs'>

/** How the child's program runs in a thread of the current process. */
export interface ThreadOptions {
  readonly program: string
  /** The only variables of that thread. */
  readonly env: Readonly<NodeJS.ProcessEnv>
  readonly limitMs: number
  readonly heapMb: number
}

/** What the child's program finds as `CQ_TELEMETRY` if it is not started as a file. */
export interface Given {
  /** JSON of the job. */
  readonly job: string
  readonly thread?: ThreadOptions
  /** Ends the thread. Absent if the process is the child's own. */
  readonly end?: () => void
}

/**
 * The child's program with its job in front of it, as one text to run. The job is a string literal in it, and no value
 * of the job can end the literal.
 */
export const withJob = (program: string, job: string, more = ''): string =>
  `const CQ_TELEMETRY={job:${JSON.stringify(job)},${more}};\n${program}`
