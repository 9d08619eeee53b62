/** The part of a budget that one request has taken. */
export interface Share {
  /** Returns false if the budget has no room left. Then the request must be refused. */
  take(bytes: number): boolean
  /** The body is complete. From now on its bytes are not taken away for other requests. */
  complete(): void
  /** Gives all bytes back. */
  release(): void
}

/**
 * Bytes that all requests together may hold. Bodies that are still being received give way to newer ones, the oldest
 * first, so that bodies which never end cannot keep others out.
 */
export class Budget {
  private taken = 0
  private readonly incomplete = new Map<Share, () => void>()
  private readonly max: number

  constructor(max: number) {
    this.max = max
  }

  /** Bytes that all requests hold. */
  get used(): number {
    return this.taken
  }

  /** `giveWay` is called if the bytes of this request are needed for a newer one. */
  open(giveWay: () => void): Share {
    let held = 0
    const share: Share = {
      take: (bytes) => {
        if (!this.makeRoom(bytes, share)) return false
        held += bytes
        this.taken += bytes
        return true
      },
      complete: () => void this.incomplete.delete(share),
      release: () => {
        this.incomplete.delete(share)
        this.taken -= held
        held = 0
      },
    }
    this.incomplete.set(share, giveWay)
    return share
  }

  private makeRoom(bytes: number, newer: Share): boolean {
    for (const [share, giveWay] of this.incomplete) {
      if (this.taken + bytes <= this.max || share === newer) break
      share.release()
      giveWay()
    }
    return this.taken + bytes <= this.max
  }
}
