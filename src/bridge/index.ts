/**
 * The bridge from OTLP/HTTP to RudderStack, as a function on one request: for a server of your own, or a serverless host.
 * `cq-telemetry bridge` is the same with a server.
 */
export { type Bridge, type BridgeCounts, type BridgeOptions, createBridge } from './handler.ts'
export type { RudderDestination } from '../deliver/rudder/destination.ts'
