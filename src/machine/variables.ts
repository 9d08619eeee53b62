/** Variables of the environment that this package sets for a process it starts. A user never sets them. */

/** Set for the child that sends, so that a host that is its own child records nothing there. */
export const childVariable = 'CQ_TELEMETRY_CHILD'

/** The file that `cq-telemetry/testing` captures a run in: the run is inspected, and nothing is printed. */
export const captureVariable = 'CQ_TELEMETRY_CAPTURE'

/** By how much a command waits longer (`machine/patience.ts`), for this package's own tests and demo. */
export const patienceVariable = 'CQ_TELEMETRY_PATIENCE'
