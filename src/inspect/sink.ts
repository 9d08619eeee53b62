import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'
import type { Removal } from '../schema/removals.ts'
import { InspectSpanExporter } from './exporter.ts'

export interface InspectSinkOptions {
  readonly log: string
  /** The file in which a test captures the run instead of the log. Then nothing is printed. */
  readonly capture: string | undefined
  /** Whether the tool sends to RudderStack. */
  readonly rudder: boolean
  /** Prefix of the telemetry commands, e.g. `mytool telemetry`. */
  readonly command: string
}

/** The span sink of a run with `--inspect-telemetry`. It writes to the log and the terminal, and sends nothing. */
export const inspectSink = ({ log, capture, rudder, command }: InspectSinkOptions) => {
  const exporter = new InspectSpanExporter({
    logFile: capture ?? log,
    // A test sees track events even if the tool gets its destinations elsewhere.
    rudder: rudder || capture !== undefined,
    viewer: `${command} view`,
    ...(capture !== undefined && { print: () => undefined }),
  })
  /** Undoes the latest write, until another write follows. */
  let last: (() => void) | undefined
  const writeLast = () => {
    last?.()
    last = undefined
  }
  return {
    write: (resource: () => SanitizedResource, spans: readonly SanitizedSpan[]) => {
      writeLast()
      const written = resource()
      last = () => exporter.write(written, spans)
    },
    takeBack: () => {
      const had = last !== undefined
      last = undefined
      return had
    },
    flush: writeLast,
    removed: (removals: readonly Removal[]) => exporter.remove(removals),
    mark: () => () => undefined,
    admitCrash: () => true,
    // The log belongs to the user, so it is kept.
    discard: () => undefined,
    close: () => {
      writeLast()
      exporter.close()
    },
  }
}
