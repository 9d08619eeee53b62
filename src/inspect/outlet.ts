import type { Outlet } from '../outlet.ts'
import { InspectSpanExporter } from './exporter.ts'

/** The outlet of a run that is inspected: the log and the terminal, and nothing is sent. */

export interface InspectOutletOptions {
  readonly log: string
  /** A test's own file. */
  readonly capture: string | undefined
  readonly command: string | undefined
}

export const inspectOutlet = ({ log, capture, command = 'cq-telemetry' }: InspectOutletOptions): Outlet => {
  const exporter = new InspectSpanExporter({
    logFile: capture ?? log,
    viewer: `${command} view`,
    ...(capture !== undefined && { print: () => undefined }),
  })
  return {
    write: (resource, spans) => exporter.write(resource(), spans),
    removed: (removals) => exporter.remove(removals),
    mark: () => () => undefined,
    admit: () => true,
    close: () => {
      exporter.close()
      return { spooled: false, lines: [] }
    },
  }
}
