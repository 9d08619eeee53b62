import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

/** A request of the delivery child, as it arrived. */
export interface ReceivedRequest {
  readonly line: string
  readonly headers: readonly (readonly [string, string])[]
  /** The decompressed body. */
  readonly body: string
}

export interface Receiver {
  readonly port: number
  /** The requests since the last call, in the order of arrival. */
  take(): ReceivedRequest[]
  close(): Promise<void>
}

const read = async (request: IncomingMessage): Promise<ReceivedRequest> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const wire = Buffer.concat(chunks)
  const { rawHeaders } = request
  return {
    line: `${request.method} ${request.url}`,
    headers: rawHeaders.flatMap((name, at) =>
      at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1] ?? ''] as const] : [],
    ),
    body: (request.headers['content-encoding'] === 'gzip' ? gunzipSync(wire) : wire).toString('utf8'),
  }
}

/** Answers as a collector and RudderStack do on success. */
const accept = (path: string, response: ServerResponse): void => {
  if (path.includes('/v1/traces')) response.setHeader('content-type', 'application/json').end('{}')
  else response.end('ok')
}

/** A server on loopback that accepts everything. */
export const startReceiver = async (): Promise<Receiver> => {
  let requests: ReceivedRequest[] = []
  const server = createServer((request, response) => {
    read(request).then(
      (received) => {
        requests.push(received)
        accept(received.line, response)
      },
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    take: () => {
      const taken = requests
      requests = []
      return taken
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
