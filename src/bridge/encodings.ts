import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import type { Refusal } from './refusal.ts'
import { ZstdFrame } from './zstd-frame.ts'

/** How a body is decoded, according to its `Content-Encoding`. */
export interface Encoding {
  /** Undefined for a body that is not encoded. */
  readonly decoder?: () => Transform
  /** Checks the body as it is received for faults that the decoder does not find. */
  readonly check?: () => { take(chunk: Uint8Array): void; end(): void }
}

/** Types that @types/node 20 lacks. */
interface Zstd {
  readonly createZstdDecompress?: (options: { readonly params: Readonly<Record<number, number>> }) => Transform
  readonly constants: { readonly ZSTD_d_windowLogMax: number }
}
const { createZstdDecompress, constants } = zlib as unknown as Zstd

/**
 * 8 MB, the size that RFC 8878 asks a decoder to support. Node's own limit is 128 MB, which a frame of a few bytes can
 * claim.
 */
const windowLogMax = 23

const encodings: Readonly<Record<string, Encoding>> = {
  identity: {},
  gzip: { decoder: zlib.createGunzip },
  ...(createZstdDecompress && {
    zstd: {
      decoder: () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: windowLogMax } }),
      check: () => new ZstdFrame(),
    },
  }),
}

/** The encoding of this name, in any case. Default: `identity`. */
export const encodingOf = (name = 'identity'): Encoding | Refusal => {
  const key = name.toLowerCase()
  if (Object.hasOwn(encodings, key)) return encodings[key] as Encoding
  const reason =
    key === 'zstd'
      ? `zstd needs Node.js 22.15 or newer, and the bridge runs on ${process.versions.node}: send gzip`
      : 'the Content-Encoding is neither gzip nor zstd'
  return { status: 415, reason }
}
