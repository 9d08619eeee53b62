export { InspectSpanExporter, type InspectSpanExporterOptions } from './inspect/exporter.ts'
