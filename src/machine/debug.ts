/** Says something about the telemetry itself. Nothing of the user's or the host's may be in it. */
export type Debug = (message: string) => void

/**
 * To standard error; silent unless asked for, and then the stream, which takes 2 ms to make, is never touched. A broken
 * standard error is nobody's business.
 */
export const debugTo = (on: boolean): Debug =>
  on
    ? (message) => {
        try {
          process.stderr.write(`cq-telemetry: ${message}\n`)
        } catch {
          // The host has closed its standard error.
        }
      }
    : () => undefined
