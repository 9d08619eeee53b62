import { trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { lastStatement } from '../last-statement.mjs'

if (STAGE !== 'import') {
  const traceExporter = new OTLPTraceExporter({ url: `${process.env.ENDPOINT}/v1/traces` })
  new NodeSDK({ serviceName: 'bench', traceExporter }).start()
  if (STAGE === 'operation') trace.getTracer('bench').startSpan('work').end()
}
lastStatement(trace, OTLPTraceExporter, NodeSDK)
