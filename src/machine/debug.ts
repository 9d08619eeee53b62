import { writeWhole } from './output.ts'
import { fitStandardError } from './terminal.ts'
import { escapeControls } from './visible.ts'

/** Writes a message about the telemetry itself. The message must contain no data of the user or the host. */
export type Debug = (message: string) => void

/**
 * Writes to standard error if debugging is on. `process.stderr` is avoided, since it would end the host with an error
 * after the reader of a pipe has closed it.
 */
export const debugTo = (on: boolean): Debug =>
  on
    ? (message) => {
        try {
          writeWhole(2, fitStandardError(`cq-telemetry: ${escapeControls(message)}\n`))
        } catch {
          // The host may have closed standard error. A debug message must not crash it.
        }
      }
    : () => undefined
