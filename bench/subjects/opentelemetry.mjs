// The set-up of OpenTelemetry's own documentation, with the shutdown awaited.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { lastStatement } from './last-statement.mjs'

const exporter = new OTLPTraceExporter({ url: `${process.env.ENDPOINT}/v1/traces` })
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'bench' }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
})
provider.getTracer('bench').startSpan('work').end()
lastStatement()
await provider.shutdown().catch(() => undefined)
