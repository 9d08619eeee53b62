import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'

const http = process.getBuiltinModule('node:http')
const https = process.getBuiltinModule('node:https')

type Request = (url: string, options: RequestOptions, callback?: (response: IncomingMessage) => void) => ClientRequest

/**
 * Sends each request of this process to the test's server on loopback in the same form, so that nothing leaves the
 * machine.
 */
export const redirectRequests = (port: number): void => {
  const { request } = http
  const redirected: Request = (url, options, callback) => {
    const { host, pathname, search } = new URL(url)
    const { method, headers } = options
    const to = { host: '127.0.0.1', port, path: pathname + search, agent: false as const }
    return request({ method, headers: { Host: host, ...(headers as Record<string, string>) }, ...to }, callback)
  }
  http.request = redirected as typeof http.request
  https.request = redirected as typeof https.request
}
