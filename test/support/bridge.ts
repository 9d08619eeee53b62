import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { afterEach } from 'vitest'
import { type BridgeServer, type BridgeServerOptions, startBridge } from '../../src/bridge/server.ts'
import { toReadableSpans } from '../../src/otlp/readable-span.ts'
import { record } from './record.ts'

/** A fetch of two resources and a policy run: six spans, of which three become events. */
export const bridgeRun = () => {
  const recorded = record()
  recorded.operations.operation('fetch', (operation) => {
    operation.provider({ name: 'aws', version: 'v1.0.0' }, (provider) => {
      for (const name of ['ec2.instances', 's3.buckets']) provider.resource(name, (unit) => unit.count(42))
    })
    operation.policy({ name: 'cis', private: false, type: 'hub' }, () => undefined)
  })
  recorded.end(1)
  return { resource: recorded.resource(), spans: recorded.spans }
}
type Run = ReturnType<typeof bridgeRun>

export const asJson = ({ resource, spans }: Run): Buffer =>
  Buffer.from(JsonTraceSerializer.serializeRequest(toReadableSpans(resource, spans)) ?? [])
export const asProtobuf = ({ resource, spans }: Run): Buffer =>
  Buffer.from(ProtobufTraceSerializer.serializeRequest(toReadableSpans(resource, spans)) ?? [])

const jsonType = { 'content-type': 'application/json' }

/** The bridge's server in this process, on a free port. */
export interface TestBridge {
  readonly url: string
  readonly log: readonly string[]
  post(body: Uint8Array | string, headers?: Readonly<Record<string, string>>): Promise<Response>
  get(path: string): Promise<Response>
  /** The samples of `GET /metrics`, by their name and labels. */
  metrics(): Promise<ReadonlyMap<string, number>>
  stop(): Promise<void>
}

const samplesIn = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )

/** Starts bridges that end with the test. */
export const useBridge = () => {
  const started: BridgeServer[] = []
  afterEach(async () => {
    await Promise.all(started.splice(0).map((server) => server.stop()))
  })
  return async (rudderUrl: string, options: Partial<BridgeServerOptions> = {}): Promise<TestBridge> => {
    const log: string[] = []
    const rudder = { dataPlaneUrl: rudderUrl, writeKey: 'the-write-key' }
    const server = await startBridge({
      host: '127.0.0.1',
      port: 0,
      rudder,
      log: (line) => log.push(line),
      ...options,
    })
    started.push(server)
    const get = (path: string) => fetch(new URL(path, server.url))
    return {
      url: server.url,
      log,
      get,
      post: (body, headers = {}) =>
        fetch(new URL('/v1/traces', server.url), {
          method: 'POST',
          headers: { ...jsonType, ...headers },
          body: body as Uint8Array<ArrayBuffer>,
        }),
      metrics: async () => samplesIn(await (await get('/metrics')).text()),
      stop: () => server.stop(),
    }
  }
}
