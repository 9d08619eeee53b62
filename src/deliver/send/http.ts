import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { proxyAgentFor } from './proxy.ts'

/** A request, and the time in milliseconds within which it is over: name resolution and the TLS handshake included. */
export interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly timeoutMs: number
}

/** What came back. A failure of the network is an answer too. */
export type Answer =
  | {
      readonly kind: 'response'
      readonly status: number
      readonly body: string
      readonly retryAfter: string | undefined
    }
  | {
      readonly kind: 'failure'
      readonly reason: 'network' | 'timeout'
      /** Of Node's, where there is one. */
      readonly code?: string
    }

export type Transport = (post: Post) => Promise<Answer>

/** An answer needs to be read only as far as the longest error text of Rudder's; an endless one is cut off. */
const maxAnswerBytes = 16_384

const readAnswer = (response: IncomingMessage, done: (answer: Answer) => void): void => {
  const chunks: Buffer[] = []
  let size = 0
  const finish = () =>
    done({
      kind: 'response',
      status: response.statusCode ?? 0,
      body: Buffer.concat(chunks).toString('utf8'),
      retryAfter: response.headers['retry-after'],
    })
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    if (size > maxAnswerBytes) finish()
  })
  response.on('end', finish)
  response.on('error', () => done({ kind: 'failure', reason: 'network' }))
}

/** Connections that are kept for the next request, by the scheme of the URL. */
export type Agents = Readonly<Record<string, Agent>>

const connectWith = async (url: string) =>
  url.startsWith('https:') ? (await import('node:https')).request : (await import('node:http')).request

const postWith = async ({ url, headers, body, timeoutMs }: Post, agents: Agents | undefined): Promise<Answer> => {
  const agent = await proxyAgentFor(url)
  if (agent === 'unusable') return { kind: 'failure', reason: 'network' }
  const request = await connectWith(url)
  return new Promise((resolve) => {
    let sent: ClientRequest | undefined
    let whole = false
    const done = (answer: Answer) => {
      clearTimeout(timer)
      resolve(answer)
      // What was read to its end gives its connection back, where connections are kept.
      if (!agents || !whole) sent?.destroy()
    }
    const timer = setTimeout(() => done({ kind: 'failure', reason: 'timeout' }), timeoutMs)
    try {
      const options = {
        method: 'POST',
        headers: { ...headers, 'Content-Length': body.byteLength },
        agent: agent ?? agents?.[new URL(url).protocol] ?? false,
      }
      sent = request(url, options, (response) => {
        response.on('end', () => (whole = true))
        readAnswer(response, done)
      })
      sent.on('error', ({ code }: NodeJS.ErrnoException) =>
        done({ kind: 'failure', reason: 'network', ...(code !== undefined && { code }) }),
      )
      sent.end(body)
    } catch {
      done({ kind: 'failure', reason: 'network' })
    }
  })
}

/**
 * One POST on a connection of its own, which is destroyed when it is over. Never rejects. A timer of our own holds,
 * since an abort signal lets a TLS port that never answers keep the process (tried: 10 s).
 */
export const post: Transport = (request) => postWith(request, undefined)

/** The same over connections that are kept, for a process that lasts. */
export const keepingConnections = async (): Promise<Transport> => {
  const [http, https] = await Promise.all([import('node:http'), import('node:https')])
  const agents = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true }),
  }
  return (request) => postWith(request, agents)
}
