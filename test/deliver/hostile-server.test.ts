import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newPlace, type Place, runFixture } from '../support/program.ts'
import { startReceiver, tracksOf } from '../support/receiver.ts'
import { afterPause, deliverRest, jobFor, sawNotice, startChild, states } from '../support/spool.ts'

/** A server that answers the child with whatever it likes: bounded memory, nothing shown, nothing lost. */

const words = 'hostile-words'
const escape = `\u001b]0;${words}\u0007`
const head = (status: string, headers = '') => `HTTP/1.1 ${status}\r\n${headers}`
const bomb = gzipSync(Buffer.alloc(50_000_000))

/** Writes as fast as the other side reads, without end. */
const flood = (socket: Socket, chunk: string | Buffer): void => {
  while (!socket.destroyed && socket.write(chunk));
  if (!socket.destroyed) socket.once('drain', () => flood(socket, chunk))
}

const answers: readonly [string, (socket: Socket) => void][] = [
  [
    'an endless body',
    (socket) => (socket.write(`${head('200 OK')}\r\n`), flood(socket, Buffer.alloc(1_000_000, words))),
  ],
  ['an endless body to an error', (socket) => (socket.write(`${head('503 No')}\r\n`), flood(socket, words))],
  [
    'endless headers',
    (socket) => (socket.write(head('200 OK')), flood(socket, `X-${words}: ${'y'.repeat(1_000)}\r\n`)),
  ],
  ['endless interim answers', (socket) => flood(socket, 'HTTP/1.1 102 Processing\r\n\r\n')],
  [
    'a bomb of gzip',
    (socket) =>
      socket.end(
        Buffer.concat([
          Buffer.from(`${head('200 OK', `Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n`)}\r\n`),
          bomb,
        ]),
      ),
  ],
  ['escape sequences in the reason', (socket) => socket.end(`${head(`400 ${escape}`)}\r\n${escape}`)],
  [
    'an upgrade',
    (socket) => socket.end(`${head('101 Switching', 'Upgrade: websocket\r\nConnection: upgrade\r\n')}\r\n`),
  ],
  ['a status that is none', (socket) => socket.end(`${head('999 Odd')}\r\n${words}`)],
  ['a pause of ages', (socket) => socket.end(`${head('429 Wait', `Retry-After: ${'9'.repeat(400)}\r\n`)}\r\n`)],
  ['a pause that is none', (socket) => socket.end(`${head('503 Wait', `Retry-After: ${words}\r\n`)}\r\n`)],
  [
    'a partial success of nonsense',
    (socket) =>
      socket.end(
        `${head('200 OK', 'Content-Type: application/json\r\n')}\r\n` +
          JSON.stringify({ partialSuccess: { rejectedSpans: '-1e999', errorMessage: escape, __proto__: words } }),
      ),
  ],
  [
    'cookies and another place',
    (socket) => socket.end(`${head('302 Found', `Location: file:///etc/passwd\r\nSet-Cookie: ${words}=1\r\n`)}\r\n`),
  ],
]

let place: Place
let server: Server
let sockets: Set<Socket>
let answer: (socket: Socket) => void
beforeEach(async () => {
  place = newPlace()
  sawNotice(place)
  sockets = new Set()
  server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    socket.once('data', () => answer(socket.resume()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  server.close()
  place.remove()
})

/** Peak of the resident memory, in MB. */
const peakOf = (pid: number): number => {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** Runs the real child under debug, for a second at most unless told otherwise. It does not heed a pause of the one before. */
const deliver = async (endsAfterMs = 1_000) => {
  afterPause(place)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const child = startChild(jobFor(place, url, { debug: true, endsAfterMs }))
  let said = ''
  let peak = 0
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const timer = setInterval(() => (peak = Math.max(peak, peakOf(child.pid ?? 0))), 5)
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  clearInterval(timer)
  return { said, peak, signal }
}

describe('an answer to the child', () => {
  /** What the child needs where it is answered well. */
  let usual = 0
  beforeEach(async () => {
    await runFixture('fetch.mjs', place, { RUDDER_URL: 'http://127.0.0.1:1', DELIVERY: 'manual', CI: '' })
    if (usual > 0) return
    answer = (socket) => socket.end(`${head('503 No', 'Content-Length: 0\r\n')}\r\n`)
    // On a busy machine the peak of one of them may be missed.
    for (let times = 0; times < 3; times++) usual = Math.max(usual, (await deliver()).peak)
  })

  test.each(answers)('that is %s has no effect', async (_, hostile) => {
    answer = hostile
    const before = readdirSync(place.home, { recursive: true }).length
    const { said, peak, signal } = await deliver()
    // Its own end; a fault would be an exit code, or another signal.
    expect(signal).toBe('SIGTERM')
    expect(said).toMatch(/^[\x20-\x7e\n]*$/)
    expect(said).not.toContain(words)
    expect(peak).toBeLessThan(usual + 40)
    expect(readdirSync(place.home, { recursive: true }).length).toBeLessThanOrEqual(before + 2)
  })
})

test('a friendly server gets what a hostile one did not accept', async () => {
  await runFixture('fetch.mjs', place, { RUDDER_URL: 'http://127.0.0.1:1', DELIVERY: 'manual', CI: '' })
  answer = (socket) => (socket.write(`${head('503 No')}\r\n`), flood(socket, words))
  // Of its time a child keeps a share to put the file back.
  await deliver(8_000)
  expect(states(place)).toEqual(['jsonl'])
  const receiver = await startReceiver()
  afterPause(place)
  await deliverRest(place, receiver.url)
  expect(tracksOf(receiver.requests).map(({ event }) => event)).toEqual(['fetch', 'run'])
  await receiver.close()
})
