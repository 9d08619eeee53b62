/**
 * For authors of tools that have an OpenTelemetry set-up of their own: an exporter that shows spans and sends nothing.
 * docs/inspect.md explains what it prints.
 *
 * @module
 */
export { InspectSpanExporter, type InspectSpanExporterOptions } from './exporter.ts'
export type { Removal } from '../schema/removals.ts'
