import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { AddressInfo } from 'node:net'
import { keepingConnections } from '../deliver/send/http.ts'
import { type BridgeOptions, createBridge } from './handler.ts'

export interface ServerOptions extends BridgeOptions {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
}

export interface BridgeServer {
  readonly url: string
  /** Takes no more requests, ends those that are at work, and resolves. */
  stop(): Promise<void>
}

const json = (status: number, body: object): Response => Response.json(body, { status })

/** Milliseconds that a client has for its headers, and for a whole request. */
const headersTimeout = 10_000
const requestTimeout = 30_000

const listening = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })

const urlOf = (server: Server): string => {
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

/** `POST /v1/traces` and `GET /health`. Rejects where it cannot listen. */
export const startBridge = async ({ host, port, ...options }: ServerOptions): Promise<BridgeServer> => {
  const bridge = createBridge({ transport: await keepingConnections(), ...options })
  let stopping = false
  const fetch = (request: Request): Response | Promise<Response> => {
    const { pathname } = new URL(request.url)
    if (pathname === '/health') {
      return json(stopping ? 503 : 200, { status: stopping ? 'stopping' : 'ok', ...bridge.counts })
    }
    if (pathname !== '/v1/traces') return json(404, { message: 'the bridge has POST /v1/traces and GET /health' })
    if (request.method !== 'POST') return json(405, { message: 'POST it' })
    return bridge.handle(request)
  }
  const server = createAdaptorServer({
    fetch,
    serverOptions: { headersTimeout, requestTimeout },
    overrideGlobalObjects: false,
  }) as Server
  await listening(server, host, port)
  return {
    url: urlOf(server),
    stop: () =>
      new Promise((resolve) => {
        stopping = true
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}
