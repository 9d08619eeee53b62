import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Connections that have not sent a complete request, at most `max`. A new one replaces the oldest, so that connections
 * which send nothing, or never finish a request, cannot keep others out.
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
   * Ends the connections without a complete request. Once a server closes, Node no longer enforces their time limit,
   * but waits for them.
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

  /**
   * A listener that handles one request of a connection at a time. No OTLP client sends a second request before the
   * answer.
   */
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
