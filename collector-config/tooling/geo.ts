import { countries, type TCountryCode } from 'countries-list'

/**
 * Turns a flat country database in MaxMind's file format into one of the City shape, which is the only one that the
 * collector's `geoip` processor reads: the search tree stays, its leaves get new records. No library for JavaScript
 * writes this format; its specification is MaxMind DB 2.0.
 */

const metadataMarker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
/** Zeros between the search tree and the data. */
const separator = 16

const types = { pointer: 1, string: 2, uint16: 5, uint32: 6, map: 7, uint64: 9, array: 11 } as const

/** The type and the size, as the first bytes of a value: types from 8 on take a byte more. */
const control = (type: number, size: number): Buffer => {
  if (size >= 29) return Buffer.from([...(type < 8 ? [(type << 5) | 29] : [29, type - 7]), size - 29])
  return Buffer.from(type < 8 ? [(type << 5) | size] : [size, type - 7])
}

export type Value = string | number | readonly Value[] | { readonly [key: string]: Value }

const encodeNumber = (value: number, type: number): Buffer => {
  const hex = value === 0 ? '' : value.toString(16)
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
  return Buffer.concat([control(type, bytes.length), bytes])
}

const encode = (value: Value): Buffer => {
  if (typeof value === 'string')
    return Buffer.concat([control(types.string, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'number') return encodeNumber(value, types.uint32)
  if (Array.isArray(value))
    return Buffer.concat([control(types.array, value.length), ...(value as Value[]).map(encode)])
  const entries = Object.entries(value as Record<string, Value>)
  return Buffer.concat([
    control(types.map, entries.length),
    ...entries.flatMap(([key, below]) => [encode(key), encode(below)]),
  ])
}

/** The metadata's own types are fixed by the specification. */
const encodeMetadata = (metadata: Metadata, records: Record<string, Value>): Buffer => {
  const fields: [string, Buffer][] = [
    ['binary_format_major_version', encodeNumber(2, types.uint16)],
    ['binary_format_minor_version', encodeNumber(0, types.uint16)],
    ['build_epoch', encodeNumber(metadata.buildEpoch, types.uint64)],
    ['ip_version', encodeNumber(metadata.ipVersion, types.uint16)],
    ['node_count', encodeNumber(metadata.nodeCount, types.uint32)],
    ['record_size', encodeNumber(metadata.recordSize, types.uint16)],
    ...Object.entries(records).map(([key, value]): [string, Buffer] => [key, encode(value)]),
  ]
  return Buffer.concat([control(types.map, fields.length), ...fields.flatMap(([key, value]) => [encode(key), value])])
}

export interface Metadata {
  readonly nodeCount: number
  /** Bits of a record; only 24 is read. */
  readonly recordSize: number
  readonly ipVersion: number
  /** Unix time in seconds. */
  readonly buildEpoch: number
}

/** What the new file says of a country. */
export type PlaceOf = (country: string) => Value

const place: PlaceOf = (country) => {
  const known = countries[country as TCountryCode]
  return { ...(known && { continent: { code: known.continent } }), country: { iso_code: country } }
}

/** The records of the new file, each once, and where each country's begins. */
const dataOf = (codes: Iterable<string>, placeOf: PlaceOf) => {
  const offsets = new Map<string, number>()
  const parts: Buffer[] = []
  let size = 0
  for (const code of new Set(codes)) {
    const record = encode(placeOf(code))
    offsets.set(code, size)
    parts.push(record)
    size += record.length
  }
  return { offsets, data: Buffer.concat(parts) }
}

/** Calls back with the position and the value of each record of the tree. */
const eachRecord = (tree: Buffer, call: (at: number, value: number) => void): void => {
  for (let at = 0; at < tree.length; at += 3) call(at, tree.readUIntBE(at, 3))
}

/**
 * The converted file. `countryAt` tells the ISO code of the record at an offset into the data of the source.
 * Throws for a file whose records have another size than 24 bits.
 */
export const toCityDatabase = (
  source: Buffer,
  metadata: Metadata,
  countryAt: (offset: number) => string,
  placeOf = place,
): Buffer => {
  const { nodeCount, recordSize } = metadata
  if (recordSize !== 24) throw new Error(`records of ${recordSize} bits are not known here`)
  const tree = Buffer.from(source.subarray(0, nodeCount * 6))
  const firstLeaf = nodeCount + separator
  const codes = new Map<number, string>()
  eachRecord(tree, (_, value) => {
    if (value > nodeCount && !codes.has(value)) codes.set(value, countryAt(value - firstLeaf))
  })
  const { offsets, data } = dataOf(codes.values(), placeOf)
  eachRecord(tree, (at, value) => {
    if (value > nodeCount) tree.writeUIntBE(firstLeaf + (offsets.get(codes.get(value) as string) as number), at, 3)
  })
  const described = {
    database_type: 'GeoLite2-City',
    description: { en: 'Countries of ip-location-db (CC0) in the shape of a City database' },
    languages: ['en'],
  }
  return Buffer.concat([tree, Buffer.alloc(separator), data, metadataMarker, encodeMetadata(metadata, described)])
}
