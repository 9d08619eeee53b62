/** Says something about the telemetry itself. Nothing of the user's or the host's may be in it. */
export type Debug = (message: string) => void

/** Silent unless asked for. A broken standard error is nobody's business. */
export const debugTo = (stream: { write(text: string): unknown }, on: boolean): Debug =>
  on
    ? (message) => {
        try {
          stream.write(`cq-telemetry: ${message}\n`)
        } catch {
          // The host has closed its standard error.
        }
      }
    : () => undefined
