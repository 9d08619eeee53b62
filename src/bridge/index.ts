/**
 * For operators: the bridge from OTLP/HTTP to RudderStack, as a function that answers one request. Use it in your own
 * server or on a serverless host. The command `cq-telemetry bridge` runs it as a server: see docs/collector.md.
 *
 * @module
 */
export { type Bridge, type BridgeOptions, createBridge } from './handler.ts'
export type { BridgeCounts } from './metrics.ts'
export type { RudderDestination } from '../deliver/rudder/destination.ts'
