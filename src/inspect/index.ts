export { InspectSpanExporter, type InspectSpanExporterOptions } from './exporter.ts'
export type { Removal } from '../schema/removals.ts'
