import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Connections on which no whole request has come, at most `max`. A new one takes the place of the oldest: those that say
 * nothing, or never end what they say, cannot keep others out.
 */
export class Connections {
  private readonly waiting = new Set<Socket>()
  private readonly answering = new WeakSet<Socket>()
  private readonly max: number

  constructor(max: number) {
    this.max = max
  }

  /** For the server's event `connection`. */
  readonly add = (socket: Socket): void => {
    socket.once('close', () => this.waiting.delete(socket))
    this.wait(socket)
  }

  /**
   * Ends those on which no whole request has come: Node no longer looks after them once a server closes, and waits for them.
   */
  readonly endWaiting = (): void => {
    for (const socket of this.waiting) socket.destroy()
  }

  private wait(socket: Socket): void {
    this.waiting.delete(socket)
    if (socket.destroyed) return
    this.waiting.add(socket)
    const [oldest] = this.waiting
    if (this.waiting.size > this.max) oldest?.destroy()
  }

  /** A listener that gets one request of a connection at a time. No client of OTLP sends a second before the answer. */
  listener(handle: RequestListener): RequestListener {
    return (request, response) => {
      const { socket } = request
      if (this.answering.has(socket)) {
        socket.destroy()
        return
      }
      this.answering.add(socket)
      request.once('end', () => this.waiting.delete(socket))
      response.once('close', () => {
        this.answering.delete(socket)
        this.wait(socket)
      })
      handle(request, response)
    }
  }
}
