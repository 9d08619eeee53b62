export { InspectSpanExporter, type InspectSpanExporterOptions } from './exporter.ts'
