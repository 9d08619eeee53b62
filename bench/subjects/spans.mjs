// Fetches of as many resources as it is told, 300 names, in one tick or all of them at work at once. It says how long a
// span took, and how much memory the process has had.
import { AsyncLocalStorage } from 'node:async_hooks'
import { writeSync } from 'node:fs'

const [subject, how, size] = process.argv.slice(2)
const n = Number(size)
const names = Array.from({ length: 300 }, (_, index) => `aws.table_${index}`)
const nameOf = (index) => names[index % names.length]
const attributesOf = (index) => ({ 'cq.span.type': 'resource', 'cq.resource.name': nameOf(index) })

/** Runs `unit` for each resource; what it returns for a concurrent one is a promise. */
const measured = async (unit) => {
  const began = process.hrtime.bigint()
  if (how === 'concurrent') {
    const all = []
    for (let index = 0; index < n; index++) all.push(unit(index))
    await Promise.all(all)
  } else for (let index = 0; index < n; index++) unit(index)
  return Number(process.hrtime.bigint() - began) / 1e3 / n
}

const spanned = (tracer) => {
  const begin = (index) => tracer.startSpan('resource', { attributes: attributesOf(index) })
  const end = (span) => span.setAttribute('cq.resource.count', 1).end()
  return how === 'concurrent'
    ? async (index) => {
        const span = begin(index)
        await Promise.resolve()
        end(span)
      }
    : (index) => end(begin(index))
}

const say = (microseconds, more = {}) => {
  const { maxRSS } = process.resourceUsage()
  writeSync(3, JSON.stringify({ microseconds, rssMb: maxRSS / 1024, ...more }))
}

const sdk = async (processors) => {
  const { NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node')
  const provider = new NodeTracerProvider({ spanProcessors: await processors() })
  return { provider, tracer: provider.getTracer('bench') }
}

const ours = async (unit) => {
  const { instrument } = await import('cq-telemetry')
  const telemetry = instrument({
    app: { name: 'bench', version: '1.0.0' },
    otlp: { endpoint: 'http://127.0.0.1:9' },
    publicNames: { operations: ['fetch'], providers: ['aws'], resources: names },
    sendInDevelopment: true,
    delivery: 'manual',
  })
  await telemetry.operation('fetch', (operation) =>
    operation.provider({ name: 'aws' }, async (provider) => say(await measured(unit(provider, telemetry)))),
  )
}

/** What a host does without telemetry. */
const bare =
  how === 'concurrent'
    ? async () => {
        await Promise.resolve()
      }
    : (index) => nameOf(index)

const subjects = {
  'bare process': async () => say(await measured(bare)),
  // What any nesting of spans is built on.
  'bare process, AsyncLocalStorage': () => new AsyncLocalStorage().run({}, async () => say(await measured(bare))),
  'cq-telemetry, resource()': () =>
    ours((provider) =>
      how === 'concurrent'
        ? (index) =>
            provider.resource(nameOf(index), async (resource) => {
              await Promise.resolve()
              resource.count(1)
            })
        : (index) => provider.resource(nameOf(index), (resource) => resource.count(1)),
    ),
  'cq-telemetry, plain spans': () => ours((_, telemetry) => spanned(telemetry.tracer)),
  'SDK without a processor': async () => {
    const { tracer } = await sdk(async () => [])
    say(await measured(spanned(tracer)))
  },
  'SDK, BatchSpanProcessor': async () => {
    const { BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-node')
    let arrived = 0
    const exporter = {
      export: (spans, done) => {
        arrived += spans.length
        done({ code: 0 })
      },
      shutdown: async () => undefined,
    }
    const { tracer, provider } = await sdk(async () => [new BatchSpanProcessor(exporter)])
    const microseconds = await measured(spanned(tracer))
    await provider.shutdown()
    say(microseconds, { arrived })
  },
}
await subjects[subject]()
