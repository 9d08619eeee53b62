import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { keepingConnections } from '../deliver/send/http.ts'
import type { Answer } from './answer.ts'
import type { Incoming } from './body.ts'
import { Connections } from './connections.ts'
import { type BridgeOptions, RudderBridge } from './handler.ts'
import { contentType } from './prometheus.ts'
import { countingRepeats } from './repeats.ts'

export interface BridgeServerOptions extends BridgeOptions {
  readonly host: string
  /** Port to listen on; 0 chooses a free one. */
  readonly port: number
}

export interface BridgeServer {
  readonly url: string
  /**
   * Stops accepting requests, and resolves when those in progress have ended. A client has 10 s to send the rest of a
   * request.
   */
  stop(): Promise<void>
}

/** Most connections without a complete request. The oldest gives way to a new one. */
const maxWaiting = 256

/** Milliseconds that a client has to send a complete request. For the largest body that is 400 kB a second. */
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

type Route = (request: IncomingMessage) => Answer | Promise<Answer>

const reading = ['GET', 'HEAD']

const routesOf = (bridge: RudderBridge, isStopping: () => boolean): Readonly<Record<string, [string[], Route]>> => ({
  '/v1/traces': [['POST'], (request) => bridge.receive(incomingOf(request))],
  '/health': [reading, () => json(200, { status: isStopping() ? 'stopping' : 'ok', ...bridge.counts })],
  '/ready': [
    reading,
    () => {
      const reason = isStopping() ? 'stopping' : bridge.unready()
      return reason === undefined ? json(200, { status: 'ready' }) : json(503, { status: 'not ready', reason })
    },
  ],
  '/metrics': [reading, () => ({ status: 200, headers: { 'content-type': contentType }, body: bridge.metrics() })],
})

const answerTo = (routes: ReturnType<typeof routesOf>, request: IncomingMessage): Answer | Promise<Answer> => {
  const [path = ''] = (request.url ?? '').split('?')
  const [methods, route] = (Object.hasOwn(routes, path) && routes[path]) || []
  if (!methods || !route) {
    return json(404, { message: 'there is no such path: use POST /v1/traces, or GET /health, /ready or /metrics' })
  }
  if (methods.includes(request.method ?? '')) return route(request)
  const { headers, ...answer } = json(405, { message: `use ${methods[0]}` })
  return { ...answer, headers: { ...headers, allow: methods.join(', ') } }
}

/**
 * Starts an HTTP server with `POST /v1/traces`, and `GET` of `/health`, `/ready` and `/metrics`. Rejects if it cannot
 * listen. `log` gets a new line at once, and each minute the number of lines like it.
 */
export const startBridge = async ({ host, port, ...options }: BridgeServerOptions): Promise<BridgeServer> => {
  const { log, flush } = countingRepeats(options.log ?? (() => undefined))
  const bridge = new RudderBridge({ transport: await keepingConnections(), ...options, log })
  let stopping = false
  const routes = routesOf(bridge, () => stopping)
  const connections = new Connections(maxWaiting)
  const listener = async (request: IncomingMessage, response: ServerResponse) =>
    reply(response, await answerTo(routes, request))
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
        server.close(() => {
          flush()
          resolve()
        })
        setTimeout(connections.endWaiting, requestTimeout).unref()
      }),
  }
}
