import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** A state of the network, as a real server or the lack of one. */
export interface Network {
  readonly url: string
  /** Requests, or connections, that came. */
  readonly hits: () => number
  close(): Promise<void>
}

const listen = async (server: Server, scheme: string, hits: () => number): Promise<Network> => {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined)
    sockets.add(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hits,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

const raw = (handle: (socket: Socket) => void, scheme = 'http') => {
  let hits = 0
  const server = createServer((socket) => {
    hits += 1
    handle(socket)
  })
  return listen(server, scheme, () => hits)
}

const http = (handle: RequestListener) => {
  let hits = 0
  const server = createHttpServer((request, response) => {
    hits += 1
    request.resume()
    request.on('end', () => handle(request, response))
  })
  return listen(server, 'http', () => hits)
}

const answers = (status: number, headers: Record<string, string> = {}, body = '') =>
  http((_, response) => response.writeHead(status, headers).end(body))

/** Not the port of a server that was closed: another test may get it. */
const refused = async (): Promise<Network> => ({
  url: 'http://127.0.0.1:1',
  hits: () => 0,
  close: async () => undefined,
})

/** The other end of the redirect; nothing must ever come there. */
const redirect = async (): Promise<Network> => {
  const trap = await answers(200, {}, 'ok')
  const server = await answers(307, { location: `${trap.url}/v1/batch` })
  return {
    url: server.url,
    hits: trap.hits,
    close: async () => {
      await Promise.all([trap.close(), server.close()])
    },
  }
}

const every = (ms: number, socket: Socket, text: string) => {
  const timer = setInterval(() => socket.write(text), ms)
  socket.on('close', () => clearInterval(timer))
}

/** States in which nothing is taken. */
export const troubles = {
  refused,
  redirect,
  'accepted and silent': () => raw((socket) => socket.resume()),
  'reset in the middle': () => raw((socket) => socket.once('data', () => socket.resetAndDestroy())),
  'closed at once': () => raw((socket) => socket.destroy()),
  'a dripping answer': () =>
    raw((socket) => {
      socket.resume()
      socket.write('HTTP/1.1 200 OK\r\nX-Drip: ')
      every(20, socket, 'x')
    }),
  'an answer of megabytes': () =>
    raw((socket) => {
      socket.resume()
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      every(5, socket, 'x'.repeat(100_000))
    }),
  'no HTTP': () => raw((socket) => socket.end('220 mail.example.org ESMTP\r\n')),
  'TLS garbage': () => raw((socket) => socket.write('this is no TLS'), 'https'),
  'TLS and silent': () => raw((socket) => socket.resume(), 'https'),
  'no such name': async () => ({ ...(await refused()), url: 'http://does-not-exist.invalid' }),
  'a captive portal': () => answers(200, { 'content-type': 'text/html' }, '<html>Please log in</html>'),
  '401': () => answers(401),
  '404': () => answers(404),
  '410': () => answers(410),
  '429': () => answers(429, { 'retry-after': '1' }),
  '500': () => answers(500),
  '503': () => answers(503),
  '503 with Retry-After': () => answers(503, { 'retry-after': '3600' }),
} satisfies Record<string, () => Promise<Network>>
