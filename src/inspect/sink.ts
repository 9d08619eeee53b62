import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'
import type { Removal } from '../schema/removals.ts'
import { InspectSpanExporter } from './exporter.ts'

export interface InspectSinkOptions {
  readonly log: string
  /** The file that a test captures the run in: nothing is printed then. */
  readonly capture: string | undefined
  /** How the user reaches the commands, e.g. `mytool telemetry`. */
  readonly command: string | undefined
}

/** The sink of a run with `--inspect-telemetry`: spans go to the log and the terminal, and nothing is sent. */
export const inspectSink = ({ log, capture, command = 'cq-telemetry' }: InspectSinkOptions) => {
  const exporter = new InspectSpanExporter({
    logFile: capture ?? log,
    viewer: `${command} view`,
    ...(capture !== undefined && { print: () => undefined }),
  })
  return {
    write: (resource: () => SanitizedResource, spans: readonly SanitizedSpan[]) => exporter.write(resource(), spans),
    removed: (removals: readonly Removal[]) => exporter.remove(removals),
    mark: () => () => undefined,
    admitCrash: () => true,
    close: () => exporter.close(),
  }
}
