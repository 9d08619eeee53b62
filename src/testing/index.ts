/**
 * Functions for the tests of an instrumented tool: they show what it would send, and check that nothing private is
 * in it.
 *
 *     import { assertLeaksNothing, capture } from 'cq-telemetry/testing'
 *
 *     const captured = await capture(process.execPath, ['bin/mytool.js', 'build', '--key', 's3cret'])
 *     assertLeaksNothing(captured, ['s3cret'])
 *
 * @module
 */
export { capture, type CaptureOptions, type Captured, type CapturedSpan } from './capture.ts'
export { keepTelemetryOff } from './guard.ts'
export { assertLeaksNothing, leaksIn, type TelemetryMatchers, telemetryMatchers } from './leaks.ts'
export { type RawKey, rawKeysIn } from './raw-keys.ts'
