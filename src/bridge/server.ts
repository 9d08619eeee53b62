import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { keepingConnections } from '../deliver/send/http.ts'
import type { Answer } from './answer.ts'
import type { Incoming } from './body.ts'
import { Connections } from './connections.ts'
import { type BridgeOptions, RudderBridge } from './handler.ts'

export interface BridgeServerOptions extends BridgeOptions {
  readonly host: string
  /** 0 chooses a free port. */
  readonly port: number
}

export interface BridgeServer {
  readonly url: string
  /** Stops accepting requests, and resolves when those in progress have ended. A client has 10 s to send the rest of one. */
  stop(): Promise<void>
}

/** Connections that wait for a request, in whole or in part; the oldest gives way to a new one. */
const maxWaiting = 256

/** Milliseconds that a client has to send a whole request: of the largest body 400 kB a second. */
const requestTimeout = 10_000

const limits: ServerOptions = {
  headersTimeout: 5_000,
  requestTimeout,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8_192,
}

const listening = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })

const urlOf = (server: Server): string => {
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

const json = (status: number, body: object): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

const incomingOf = (request: IncomingMessage): Incoming => ({
  headers: {
    get: (name) => {
      const value = request.headers[name]
      return value === undefined ? null : String(value)
    },
  },
  body: request,
})

const reply = (response: ServerResponse, { status, headers, body }: Answer): void =>
  void response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)

/** Starts an HTTP server with `POST /v1/traces` and `GET /health`. Rejects if it cannot listen. */
export const startBridge = async ({ host, port, ...options }: BridgeServerOptions): Promise<BridgeServer> => {
  const bridge = new RudderBridge({ transport: await keepingConnections(), ...options })
  let stopping = false
  const answerTo = (request: IncomingMessage): Answer | Promise<Answer> => {
    const [path] = (request.url ?? '').split('?')
    if (path === '/health') {
      return json(stopping ? 503 : 200, { status: stopping ? 'stopping' : 'ok', ...bridge.counts })
    }
    if (path !== '/v1/traces') return json(404, { message: 'the bridge has POST /v1/traces and GET /health' })
    if (request.method !== 'POST') return json(405, { message: 'POST it' })
    return bridge.receive(incomingOf(request))
  }
  const connections = new Connections(maxWaiting)
  const listener = async (request: IncomingMessage, response: ServerResponse) =>
    reply(response, await answerTo(request))
  const server = createServer(
    limits,
    connections.listener((request, response) => void listener(request, response)),
  ).on('connection', connections.add)
  await listening(server, host, port)
  return {
    url: urlOf(server),
    stop: () =>
      new Promise((resolve) => {
        stopping = true
        server.close(() => resolve())
        setTimeout(connections.endWaiting, requestTimeout).unref()
      }),
  }
}
