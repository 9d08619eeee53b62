/**
 * For authors of an adapter: what the adapters of all frameworks share. docs/adapters.md says how to write one.
 *
 * @module
 */
export { telemetryFlags } from '../index.ts'
export type { Adapter, AdapterOptions, UsageKind } from './adapter-interface.ts'
export { type Aside, asideOfArguments } from './aside.ts'
export { startAdapter } from './start-adapter.ts'
export { argsOfTelemetryCommand, ownFlags, telemetryCommand } from './telemetry-command.ts'
export { type DeclaredOption, type UsedOption, usedOptions } from './used-options.ts'
