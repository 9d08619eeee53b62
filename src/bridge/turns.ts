/** Milliseconds for which a request may hold the event loop at a time. */
const sliceMs = 15

let last: Promise<unknown> = Promise.resolve()

/**
 * Resolves in a round of the event loop in which no other request has its turn, so that many requests do not block the
 * loop longer than one does.
 */
const turn = (): Promise<unknown> => (last = last.then(() => new Promise((resolve) => setImmediate(resolve))))

/** The time that one request takes on the event loop. */
export class Turns {
  private end = 0

  /** Waits for the next turn. */
  async next(): Promise<void> {
    await turn()
    this.end = performance.now() + sliceMs
  }

  /** Whether the turn is over, so that `next` must be awaited. */
  get over(): boolean {
    return performance.now() > this.end
  }
}
