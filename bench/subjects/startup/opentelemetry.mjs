// The four packages of OpenTelemetry's documentation.
import { trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { lastStatement } from '../last-statement.mjs'

if (STAGE !== 'import') {
  const exporter = new OTLPTraceExporter({ url: `${process.env.ENDPOINT}/v1/traces` })
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'bench' }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  provider.register()
  if (STAGE === 'operation') trace.getTracer('bench').startSpan('work').end()
}
lastStatement(trace, OTLPTraceExporter, resourceFromAttributes, BatchSpanProcessor, NodeTracerProvider)
