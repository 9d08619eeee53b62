import { trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node'
import { InspectSpanExporter } from 'cq-telemetry/inspect'
import { SanitizingSpanProcessor, telemetryConsent } from 'cq-telemetry/processor'
import { RudderSpanExporter } from 'cq-telemetry/rudder'

const app = { name: 'ferry', version: '1.4.0' }

// No vendor stands behind this example: whoever runs it says where its telemetry goes. A tool has constants here.
const publisher = process.env['FERRY_PUBLISHER'] ?? 'http://127.0.0.1:4318'
const rudder = { writeKey: 'ferry', dataPlaneUrl: publisher }

// Names of the tool's own. Any other name leaves as `private`.
const publicNames = { operations: ['sync'], providers: ['github'], resources: ['issues'] }

// The user's own pipeline: every span, as the tool made it, to the collector that they have set up.
const own = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ? [new BatchSpanProcessor(new OTLPTraceExporter())] : []
// The official exporter adds the headers of these variables, which may be keys, to requests to any endpoint. They are the
// user's, so the exporter for the publisher must not find them.
for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_EXPORTER_OTLP_')) delete process.env[name]

// What leaves for the publisher passes the table first, whatever exporter sends it.
const sanitized = (exporter: SpanExporter) =>
  new SanitizingSpanProcessor({ next: new BatchSpanProcessor(exporter), publicNames, resource })

// Milliseconds that the command waits at its end for the publisher; a test on a busy machine gives it more. `instrument()`
// sends from a process of its own, so that nobody waits.
const timeoutMillis = Number(process.env['FERRY_TIMEOUT'] ?? 500)
const toCollector = (to: { url: string; headers?: Readonly<Record<string, string>> }) =>
  sanitized(new OTLPTraceExporter({ ...to, timeoutMillis }))
// To the collector of the user's organisation alone, where one is set (FERRY_OTLP_ENDPOINT).
const toPublisher = () =>
  redirect
    ? [toCollector(redirect)]
    : [
        toCollector({ url: `${publisher}/v1/traces` }),
        sanitized(new RudderSpanExporter({ ...rudder, publicNames, deadlineMs: timeoutMillis })),
      ]

// The same, shown on the terminal and not sent, with what stays behind.
const toTerminal = () => {
  const inspect = new InspectSpanExporter({ logFile: 'ferry-telemetry.log', publicNames })
  const next = new BatchSpanProcessor(inspect)
  const onRemoved: (typeof inspect)['remove'] = (removals) => inspect.remove(removals)
  return [new SanitizingSpanProcessor({ next, publicNames, resource, onRemoved })]
}

// Reads the switches and the user's choice, and shows the notice once. No id is read before, and none while off.
const { mode, resource, redirect, ask } = telemetryConsent({
  app,
  rudder,
  otlp: { endpoint: publisher, overridable: true },
  consent: process.env['FERRY_CONSENT'] === 'ask' ? 'ask' : 'notice',
  // The example is always a checkout: saying where is also the wish to send.
  sendInDevelopment: process.env['FERRY_PUBLISHER'] !== undefined,
})
const telemetry = { off: () => [], inspect: toTerminal, send: toPublisher }[mode]()

const provider = new NodeTracerProvider({
  // For the user's own collector. The publisher gets `resource`: the random id, the platform and CI, in words of the table.
  resource: resourceFromAttributes({ 'service.name': app.name, 'service.version': app.version }),
  spanProcessors: [...own, ...telemetry],
})
provider.register()

/** Asks the user first, if the tool is to ask. */
export { ask }
export const tracer = trace.getTracer('ferry')
/** Sends what is left. */
export const end = () => provider.shutdown()
