import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { promisify } from 'node:util'
import { gzip as gzipCallback } from 'node:zlib'
import { proxyAgentFor } from './proxy.ts'
import { retryAfterMs } from './retry-after.ts'

const gzip = promisify(gzipCallback)

/** A POST request; without a body, a GET request. */
export interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Compression level of gzip, 1 to 9. Without it the body is not compressed. */
  readonly gzipLevel?: number
  /**
   * PEM files: `cert` and `key` identify this client; `ca` replaces Node's list of certificate authorities for the
   * server.
   */
  readonly tls?: { readonly ca?: Buffer; readonly key?: Buffer; readonly cert?: Buffer }
  /** Milliseconds for the whole request, including name resolution and the TLS handshake. */
  readonly timeoutMs: number
}

export interface Reply {
  readonly kind: 'response'
  readonly status: number
  /** In lower case and without parameters; empty if there is none. */
  readonly contentType: string
  /** The first 64 kB. */
  readonly body: Buffer
  /** `Retry-After`, in milliseconds from now. */
  readonly afterMs: number | undefined
}

/** The result of a request. A network failure is a result too. */
export type Answer =
  | Reply
  | {
      readonly kind: 'failure'
      readonly reason: 'network' | 'timeout' | 'the proxy is not an http or https URL'
      /** Node's error code, e.g. `ECONNREFUSED`. */
      readonly code?: string
    }

export type Transport = (post: Post) => Promise<Answer>

/** Agents that keep connections open for the next request, by the scheme of the URL. */
type Agents = Readonly<Record<string, Agent>>

const maxAnswerBytes = 65_536

/** The most interim answers (1xx) before the real one. A server that sends more gives no answer. */
const maxInterim = 20

const network = (code?: string): Answer => ({
  kind: 'failure',
  reason: 'network',
  ...(code !== undefined && { code }),
})

const readReply = (response: IncomingMessage, done: (answer: Answer) => void): void => {
  const chunks: Buffer[] = []
  let size = 0
  const finish = () =>
    done({
      kind: 'response',
      status: response.statusCode ?? 0,
      contentType: (response.headers['content-type'] ?? '').replace(/;.*/s, '').trim().toLowerCase(),
      body: Buffer.concat(chunks).subarray(0, maxAnswerBytes),
      afterMs: retryAfterMs(response.headers['retry-after'], Date.now()),
    })
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    if (size > maxAnswerBytes) finish()
  })
  response.on('end', finish)
  response.on('error', ({ code }: NodeJS.ErrnoException) => done(network(code)))
}

const requestFor = async (url: string) =>
  url.startsWith('https:') ? (await import('node:https')).request : (await import('node:http')).request

const optionsOf = (
  { headers, gzipLevel, tls }: Post,
  body: Uint8Array | undefined,
  agent: Agent | false,
): RequestOptions => ({
  method: body ? 'POST' : 'GET',
  headers: {
    ...headers,
    ...(gzipLevel !== undefined && { 'Content-Encoding': 'gzip' }),
    ...(body && { 'Content-Length': body.byteLength }),
  },
  agent,
  ...tls,
})

/** Calls `done` with the result of a request: an answer, or the error of the connection. */
const awaitAnswer = (sent: ClientRequest, done: (answer: Answer) => void): void => {
  let interim = 0
  sent.on('information', () => {
    if (++interim > maxInterim) done(network('INTERIM'))
  })
  // Without this listener, Node would emit neither an answer nor an error.
  sent.on('upgrade', () => done(network('UPGRADE')))
  sent.on('response', (response) => readReply(response, done))
  sent.on('error', ({ code }: NodeJS.ErrnoException) => done(network(code)))
}

const bodyOf = ({ body, gzipLevel }: Post): Uint8Array | undefined | Promise<Uint8Array> => {
  if (body === undefined) return undefined
  return gzipLevel === undefined ? Buffer.from(body) : gzip(body, { level: gzipLevel })
}

const postWith = async (post: Post, agents: Agents | undefined): Promise<Answer> => {
  // Node takes its schemes in lower case alone.
  const url = post.url.replace(/^https?:/i, (scheme) => scheme.toLowerCase())
  const end = performance.now() + post.timeoutMs
  const ended = new AbortController()
  const proxy = await proxyAgentFor(url, ended.signal)
  if (proxy === 'unusable') return { kind: 'failure', reason: 'the proxy is not an http or https URL' }
  const request = await requestFor(url)
  const body = await bodyOf(post)
  return new Promise((resolve) => {
    let sent: ClientRequest | undefined
    let whole = false
    const done = (answer: Answer) => {
      clearTimeout(timer)
      resolve(answer)
      // A kept connection can be reused only if the answer was read to its end.
      if (!agents || !whole) sent?.destroy()
      // While a proxy has not answered, the request has no socket yet. The signal ends the connection to the proxy.
      if (!sent?.socket) ended.abort()
    }
    const timer = setTimeout(() => done({ kind: 'failure', reason: 'timeout' }), end - performance.now())
    try {
      const agent = proxy ?? agents?.[new URL(url).protocol] ?? false
      sent = request(url, optionsOf(post, body, agent), (response) => response.on('end', () => (whole = true)))
      awaitAnswer(sent, done)
      sent.end(body)
    } catch {
      done(network())
    }
  })
}

/**
 * Sends one POST on a connection of its own, which is destroyed afterwards. Follows no redirect, because the key would
 * go along. It has its own timer: with an abort signal, a TLS port that never answers kept the process alive for 10 s
 * (tried). Never rejects.
 */
export const post: Transport = (request) => postWith(request, undefined)

/** Like `post`, over connections that stay open, for a process that runs for long. */
export const keepingConnections = async (): Promise<Transport> => {
  const [http, https] = await Promise.all([import('node:http'), import('node:https')])
  const agents = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true }),
  }
  return (request) => postWith(request, agents)
}
