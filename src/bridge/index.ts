/**
 * The bridge from OTLP/HTTP to RudderStack, as a function that handles one request: for your own server or a serverless
 * host. The command `cq-telemetry bridge` runs it with a server.
 */
export { type Bridge, type BridgeOptions, createBridge } from './handler.ts'
export type { BridgeCounts } from './metrics.ts'
export type { RudderDestination } from '../deliver/rudder/destination.ts'
