/**
 * For authors, in the tests of an instrumented tool: see what it would send, and check that nothing private is in it.
 * docs/testing.md is the guide.
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
export type { Vary } from './differences.ts'
export type { Invocation, Places } from './laboratory.ts'
export {
  assertNonInterference,
  type Compared,
  type NonInterferenceOptions,
  type Program,
  type Secrets,
  variesByDefault,
} from './non-interference.ts'
export type { Sink } from './sinks.ts'
export { type RawKey, rawKeysIn } from './raw-keys.ts'
