import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { newPlace, type Place } from './program.ts'
import { type Answer, type Receiver, startReceiver } from './receiver.ts'

/** What most tests need around them, anew for each and gone after it. */

/** A home and a working directory. */
export const usePlace = (): Place => {
  let place: Place
  beforeEach(() => {
    place = newPlace()
  })
  afterEach(() => place.remove())
  return {
    get home() {
      return place.home
    },
    get cwd() {
      return place.cwd
    },
    remove: () => place.remove(),
  }
}

/** A directory outside of the place. */
export const useDirectory = (use: (path: string) => void): void => {
  let path: string
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'cq-elsewhere-'))
    use(path)
  })
  afterEach(() => rmSync(path, { recursive: true }))
}

/** A server for OTLP and for Rudder, that takes everything unless it is given another answer. */
export const useReceiver = (answers?: Answer): Receiver => {
  let receiver: Receiver
  beforeEach(async () => {
    receiver = await startReceiver(answers)
  })
  afterEach(() => receiver.close())
  return {
    get url() {
      return receiver.url
    },
    get requests() {
      return receiver.requests
    },
    get answer() {
      return receiver.answer
    },
    set answer(answer) {
      receiver.answer = answer
    },
    close: () => receiver.close(),
  }
}
