/** The source of a run's ids. Each run gets the same bytes, and each of its processes different ones. */

const crypto = process.getBuiltinModule('node:crypto')
const fs = process.getBuiltinModule('node:fs')

type Fill = (bytes: Uint8Array) => void

const counted = (seed: string): Fill => {
  const { createHash } = crypto
  let counter = 0
  let block: Buffer = Buffer.alloc(0)
  const next = (): Buffer => createHash('sha256').update(`${seed} ${counter++}`).digest()
  return (bytes) => {
    for (let at = 0; at < bytes.length; at++) {
      if (block.length === 0) block = next()
      bytes[at] = block[0] as number
      block = block.subarray(1)
    }
  }
}

const uuidOf = (bytes: Buffer): string => {
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

type View = NodeJS.ArrayBufferView
const part = (view: View, from = 0, size = view.byteLength - from): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + from, size)

type Done<T> = (error: null, value: T) => void
/** Passes the value to the callback if there is one, as `node:crypto` does. */
const answer = <T>(value: T, done: Done<T> | undefined): T | undefined => {
  if (!done) return value
  process.nextTick(done, null, value)
  return undefined
}

const replaceCrypto = (fill: Fill): void => {
  const bytes = (size: number): Buffer => {
    const buffer = Buffer.alloc(size)
    fill(buffer)
    return buffer
  }
  const fraction = (): number => bytes(6).readUIntBE(0, 6) / 2 ** 48
  const uuid = (): string => uuidOf(bytes(16))
  const filled = <T extends View>(view: T, from?: number, size?: number): T => {
    fill(part(view, from, size))
    return view
  }
  Object.assign(crypto, {
    randomBytes: (size: number, done?: Done<Buffer>) => answer(bytes(size), done),
    randomUUID: uuid,
    randomFillSync: filled,
    randomFill: (view: View, ...rest: [...number[], Done<View>]) =>
      answer(filled(view, ...(rest.slice(0, -1) as number[])), rest.at(-1) as Done<View>),
    randomInt: (first: number, second?: number | Done<number>, done?: Done<number>) => {
      const [min, max] = typeof second === 'number' ? [first, second] : [0, first]
      return answer(min + Math.floor(fraction() * (max - min)), typeof second === 'function' ? second : done)
    },
  })
  Object.defineProperty(crypto.webcrypto, 'getRandomValues', { value: filled, configurable: true })
  Object.defineProperty(crypto.webcrypto, 'randomUUID', { value: uuid, configurable: true })
  Math.random = fraction
}

type Read = typeof fs.readSync

/** Replaces reads from the device. The device is opened as usual, so that its descriptor is real. */
const replaceDevice = (fill: Fill): void => {
  const { openSync, readSync, closeSync } = fs
  const devices = new Set<number>()
  fs.openSync = (path, flags, mode) => {
    const descriptor = openSync(path, flags, mode)
    if (path === '/dev/urandom' || path === '/dev/random') devices.add(descriptor)
    return descriptor
  }
  fs.closeSync = (descriptor) => {
    devices.delete(descriptor)
    closeSync(descriptor)
  }
  fs.readSync = ((descriptor: number, view: View, first?: unknown, length?: number, position?: number) => {
    if (!devices.has(descriptor))
      return Reflect.apply(readSync, fs, [descriptor, view, first, length, position]) as number
    const options = (typeof first === 'object' && first !== null ? first : { offset: first, length }) as {
      offset?: number
      length?: number
    }
    const target = part(view, options.offset, options.length)
    fill(target)
    return target.length
  }) as Read
}

/** Replaces every source of randomness of this process. */
export const seedRandomness = (seed: string): void => {
  const fill = counted(seed)
  replaceCrypto(fill)
  replaceDevice(fill)
}
