import { writeWhole } from './output.ts'
import { fitStandardError } from './terminal.ts'
import { escapeControls } from './visible.ts'

/** Writes a message about the telemetry itself. It must contain no data of the user or the host. */
export type Debug = (message: string) => void

/**
 * Writes to standard error if debugging is on. Not through `process.stderr`, which would end the host with an error if the
 * reader of a pipe has gone.
 */
export const debugTo = (on: boolean): Debug =>
  on
    ? (message) => {
        try {
          writeWhole(2, fitStandardError(`cq-telemetry: ${escapeControls(message)}\n`))
        } catch {
          // The host may have closed standard error; a debug message must not crash it.
        }
      }
    : () => undefined
