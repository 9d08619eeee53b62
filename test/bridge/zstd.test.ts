import * as zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ZstdFrame } from '../../src/bridge/zstd-frame.ts'
import { asJson, asProtobuf, bridgeRun, useBridge } from '../support/bridge.ts'
import { useReceiver } from '../support/place.ts'
import { tracksOf } from '../support/receiver.ts'

/** Bodies in zstd, of which Node reads any since 22.15. */

/** What @types/node 20 does not have. */
interface Zstd {
  readonly zstdCompressSync?: (body: Uint8Array, options?: { readonly params: Record<number, number> }) => Buffer
  readonly createZstdCompress: (options: { readonly params: Record<number, number> }) => NodeJS.ReadWriteStream
  readonly constants: Readonly<Record<'ZSTD_c_windowLog' | 'ZSTD_c_checksumFlag' | 'ZSTD_c_contentSizeFlag', number>>
}
const { zstdCompressSync, createZstdCompress, constants } = zlib as unknown as Zstd
const compress = (body: Uint8Array, params: Record<number, number> = {}): Buffer =>
  zstdCompressSync?.(body, { params }) ?? Buffer.alloc(0)

/** In several blocks, and with no length in the frame's header. */
const streamed = async (pieces: readonly Uint8Array[], params: Record<number, number> = {}): Promise<Buffer> => {
  const stream = createZstdCompress({ params })
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  for (const piece of pieces) {
    await new Promise((resolve) => stream.write(piece, resolve))
  }
  await new Promise((resolve) => stream.on('end', resolve).end())
  return Buffer.concat(chunks)
}

const rudder = useReceiver()
const start = useBridge()
const zstd = { 'content-encoding': 'zstd' }
const secret = 'a-secret-in-the-body'

/** RLE blocks of 128 kB, each of four bytes: 4 kB of them are 128 MB. */
const bomb = (blocks: number): Buffer => {
  const block = Buffer.alloc(4)
  block.writeUIntLE((131_072 << 3) | (1 << 1), 0, 3)
  const last = Buffer.from(block)
  last[0] = (last[0] as number) | 1
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58])
  return Buffer.concat([header, ...Array.from({ length: blocks - 1 }, () => block), last])
}
const skippable = (size: number): Buffer => {
  const frame = Buffer.alloc(8 + size)
  frame.writeUInt32LE(0x184d2a50, 0)
  frame.writeUInt32LE(size, 4)
  return frame
}

describe.runIf(zstdCompressSync)('zstd, on a Node.js that reads it', () => {
  test.each([
    ['JSON', () => compress(asJson(bridgeRun())), 'application/json'],
    ['protobuf', () => compress(asProtobuf(bridgeRun())), 'application/x-protobuf'],
    [
      'JSON with a checksum',
      () => compress(asJson(bridgeRun()), { [constants.ZSTD_c_checksumFlag]: 1 }),
      'application/json',
    ],
    ['JSON in blocks, as a collector sends it', async () => streamed([asJson(bridgeRun())]), 'application/json'],
  ] as const)('of %s is read as what it holds', async (_, body, type) => {
    const bridge = await start(rudder.url)
    const answer = await bridge.post(await body(), { ...zstd, 'content-type': type })
    expect(answer.status).toBe(200)
    expect(tracksOf(rudder.requests)).toHaveLength(3)
  })

  const whole = () => compress(asJson(bridgeRun()), { [constants.ZSTD_c_checksumFlag]: 1 })
  const two = () => Buffer.concat([whole(), whole()])
  test.each<[string, number, () => Uint8Array | string | Promise<Uint8Array>]>([
    ['nothing', 400, () => ''],
    ['no zstd', 400, () => secret],
    ['gzip', 400, () => zlib.gzipSync(asJson(bridgeRun()))],
    ['a frame without its last byte', 400, () => whole().subarray(0, -1)],
    ['half a frame', 400, () => whole().subarray(0, whole().length / 2)],
    ['the start of a frame', 400, () => whole().subarray(0, 5)],
    ['bytes after the frame', 400, () => Buffer.concat([whole(), Buffer.from(secret)])],
    ['two frames, of which Node reads the first', 400, two],
    ['a frame to be skipped, and one', 400, () => Buffer.concat([skippable(100), whole()])],
    ['a frame to be skipped', 400, () => skippable(1_000_000)],
    ['a flipped byte', 400, () => whole().map((byte, at) => (at === 60 ? byte ^ 0xff : byte))],
    ['a dictionary that nobody has', 400, () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 1, 1, 0, 0])],
    ['a bomb of repeated bytes', 413, () => bomb(1_000)],
    ['a bomb of a megabyte', 413, () => bomb(250_000)],
    ['a bomb that is not whole', 413, () => bomb(1_000).subarray(0, -4)],
    ['100 MB of zeros', 413, () => compress(Buffer.alloc(100_000_000))],
    [
      'a window of 128 MB',
      413,
      () => streamed([Buffer.alloc(10), Buffer.alloc(200_000, secret)], { [constants.ZSTD_c_windowLog]: 27 }),
    ],
  ])('that is %s is answered with %i, without the body, and survived', async (_, status, body) => {
    const bridge = await start(rudder.url, { maxBodyBytes: 2_000_000 })
    const answer = await bridge.post(await body(), zstd)
    const text = await answer.text()
    expect({ status: answer.status, text }).toEqual({ status, text: expect.stringContaining('message') as string })
    expect(text + bridge.log.join()).not.toContain(secret)
    expect((await bridge.post(whole(), zstd)).status).toBe(200)
    expect(tracksOf(rudder.requests)).toHaveLength(3)
  })

  /** Headers of each kind, blocks of each kind, with and without a checksum. */
  const frames = async (): Promise<Buffer[]> => [
    compress(Buffer.alloc(0)),
    compress(Buffer.from('a')),
    compress(Buffer.from(secret.repeat(20))),
    compress(Buffer.alloc(70_000, secret)),
    compress(Buffer.alloc(300_000), { [constants.ZSTD_c_checksumFlag]: 1 }),
    compress(Buffer.from(secret), { [constants.ZSTD_c_contentSizeFlag]: 0 }),
    await streamed([Buffer.alloc(1_000, 'a'), Buffer.alloc(200_000, secret)]),
    bomb(3),
  ]

  test('a complete frame is accepted in pieces of any size, and no prefix of it is', async () => {
    for (const frame of await frames()) {
      for (let end = 0; end <= frame.length; end++) {
        const check = new ZstdFrame()
        for (let at = 0; at < end; at += (at % 3) + 1) check.take(frame.subarray(at, Math.min(at + (at % 3) + 1, end)))
        const isWhole = () => check.end()
        if (end === frame.length) expect(isWhole).not.toThrow()
        else expect(isWhole).toThrow('not one whole frame')
      }
    }
  })
})

test.skipIf(zstdCompressSync)('zstd is refused on a Node.js that cannot read it, and the answer says so', async () => {
  const bridge = await start(rudder.url)
  const answer = await bridge.post(secret, zstd)
  expect(answer.status).toBe(415)
  expect(await answer.json()).toEqual({
    message: `zstd needs Node.js 22.15 or newer, and the bridge runs on ${process.versions.node}: send gzip`,
  })
})

test.each(['br', 'deflate', 'gzip, zstd', 'zstd, gzip', 'zstd;q=1', 'constructor', '__proto__', 'toString', ''])(
  'the encoding %j is refused',
  async (encoding) => {
    const bridge = await start(rudder.url)
    const answer = await bridge.post(secret, { 'content-encoding': encoding })
    expect(answer.status).toBe(415)
    expect(await answer.json()).toEqual({ message: 'the Content-Encoding is neither gzip nor zstd' })
  },
)
