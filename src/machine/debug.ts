import { escapeControls } from './visible.ts'

/** Writes a message about the telemetry itself. It must contain no data of the user or the host. */
export type Debug = (message: string) => void

/**
 * Writes to standard error if debugging is on. If it is off, `process.stderr` is never accessed, because creating that
 * stream takes 2 ms.
 */
export const debugTo = (on: boolean): Debug =>
  on
    ? (message) => {
        try {
          process.stderr.write(`cq-telemetry: ${escapeControls(message)}\n`)
        } catch {
          // The host may have closed standard error; a debug message must not crash it.
        }
      }
    : () => undefined
