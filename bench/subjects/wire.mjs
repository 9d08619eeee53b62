// A fetch of as many resources as it is told, of one provider, told by each library in its own way: as an operation with
// sums, as a span for each resource, as a track call for each resource.
import { writeSync } from 'node:fs'

const [subject, size] = process.argv.slice(2)
const { ENDPOINT: endpoint } = process.env
const resources = Array.from({ length: Number(size) }, (_, index) => ({ name: `aws.table_${index}`, count: 7 * index }))

const ours = (options) => async () => {
  const { instrument } = await import('cq-telemetry')
  const telemetry = instrument({
    app: { name: 'bench', version: '1.0.0' },
    publicNames: { operations: ['fetch'], providers: ['aws'], resources: resources.map(({ name }) => name) },
    sendInDevelopment: true,
    delivery: 'manual',
    ...options,
  })
  telemetry.operation('fetch', (operation) =>
    operation.provider({ name: 'aws', version: '1.2.3' }, (provider) => {
      for (const { name, count } of resources) provider.resource(name, (resource) => resource.count(count))
    }),
  )
}
const otlp = { endpoint }
const rudder = { writeKey: 'key', dataPlaneUrl: endpoint }

/** What CloudQuery's event has beside the resources. */
const identity = {
  'service.name': 'bench',
  'service.version': '1.0.0',
  'service.instance.id': 'b3c1bd3e-3d1b-4d6c-8df4-6a8a1f0e5c11',
  'app.installation.id': '0d0c1f6e-0c6b-4a55-9f0e-53b3a8a5c9b1',
  'cq.hash.ip': '0123456789abcdef0123456789abcdef01234567',
  'cq.hash.mac': '89abcdef0123456789abcdef0123456789abcdef',
  'cq.hash.host': 'fedcba9876543210fedcba9876543210fedcba98',
  'os.type': 'linux',
  'os.name': 'debian',
  'os.version': '6.1.0',
  'host.arch': 'amd64',
  'process.runtime.version': '20.20.2',
  'cq.ci': false,
  'cq.faas': false,
  'cq.terminal': true,
}

const stock = (load) => async () => {
  const { trace, ROOT_CONTEXT } = await import('@opentelemetry/api')
  const { resourceFromAttributes } = await import('@opentelemetry/resources')
  const { BatchSpanProcessor, NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node')
  const { OTLPTraceExporter } = await load()
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, compression: process.env.COMPRESSION })
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes(identity),
    // The default of 2,048 would lose a part of the largest.
    spanProcessors: [new BatchSpanProcessor(exporter, { maxQueueSize: 10_000 })],
  })
  const tracer = provider.getTracer('bench')
  const below = (name, attributes, context) => tracer.startSpan(name, { attributes }, context)
  // No more of each than its numbers: what kind of thing it is says its place in the tree.
  const operation = below('fetch', {}, ROOT_CONTEXT)
  const inOperation = trace.setSpan(ROOT_CONTEXT, operation)
  const fetching = below('aws', {}, inOperation)
  const inProvider = trace.setSpan(inOperation, fetching)
  for (const { name, count } of resources) {
    below(name, { 'cq.provider.name': 'aws' }, inProvider).setAttribute('cq.resource.count', count).end()
  }
  fetching.end()
  operation.end()
  await provider.shutdown()
}

const tracks = async () => {
  const { default: RudderAnalytics } = await import('@rudderstack/rudder-sdk-node')
  const client = new RudderAnalytics('key', { dataPlaneUrl: endpoint, maxQueueSize: 10_000 })
  for (const { name, count } of resources) {
    const properties = { ...identity, provider: 'aws', resource: name, count, duration_ms: 12, success: true }
    client.track({ anonymousId: identity['app.installation.id'], event: 'fetch', properties })
  }
  await client.flush()
}

const subjects = {
  'OTLP JSON, stock': stock(() => import('@opentelemetry/exporter-trace-otlp-http')),
  'OTLP protobuf, stock': stock(() => import('@opentelemetry/exporter-trace-otlp-proto')),
  'a track call for each': tracks,
  'cq-telemetry, OTLP': ours({ otlp }),
  "cq-telemetry, OTLP, spans: 'operations'": ours({ otlp, spans: 'operations' }),
  'cq-telemetry, Rudder': ours({ rudder }),
}
await subjects[subject]()
writeSync(3, 'done')
