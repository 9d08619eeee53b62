/** Environment variables: whether one counts as set, and those that this package sets for processes it starts. Users never set these. */

/** Whether a variable is set, and to no word for no. */
export const isSet = (value: string | undefined): boolean =>
  value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.trim().toLowerCase())

/** Set for the child that sends. A host whose executable is also its child (`child: 'self'`) records nothing there. */
export const childVariable = 'CQ_TELEMETRY_CHILD'

/** Path of the file in which `cq-telemetry/testing` captures a run. The run then sends and prints nothing. */
export const captureVariable = 'CQ_TELEMETRY_CAPTURE'

/**
 * Path of a file that does not exist. For `cq-telemetry contract`, `instrument()` writes to it what its options allow
 * to be sent. The run is then off, and prints nothing.
 */
export const contractVariable = 'CQ_TELEMETRY_CONTRACT'

/** The factor by which a command waits longer (`machine/time-limit.ts`), for this package's own tests and demo. */
export const patienceVariable = 'CQ_TELEMETRY_PATIENCE'
