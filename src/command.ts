export { runTelemetryCommand } from './command/telemetry-command.ts'
