/**
 * For the tests of a tool that is instrumented: what would it send, and is anything private in it?
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
export { assertLeaksNothing, leaksIn, telemetryMatchers } from './leaks.ts'
export { type RawKey, rawKeysIn } from './raw-keys.ts'
