import { countries, type TCountryCode } from 'countries-list'

/**
 * Converts a country database in MaxMind's file format to the City format, the only one that the collector's `geoip`
 * processor reads. The search tree stays; its leaves get new records. No JavaScript library writes this format.
 * Source: the specification MaxMind DB 2.0.
 */

const metadataMarker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
/** Number of zero bytes between the search tree and the data. */
const separator = 16

const types = { pointer: 1, string: 2, uint16: 5, uint32: 6, map: 7, uint64: 9, array: 11 } as const

/** The control bytes before a value: its type and size. Types from 8 on take one more byte. */
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
    ...entries.flatMap(([key, member]) => [encode(key), encode(member)]),
  ])
}

/** The specification prescribes the types of these fields. */
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
  /** Bits of a record; only 24 is supported. */
  readonly recordSize: number
  readonly ipVersion: number
  /** Unix time in seconds. */
  readonly buildEpoch: number
}

/** The new record for an ISO country code. */
export type PlaceOf = (country: string) => Value

const continentAndCountry: PlaceOf = (country) => {
  const found = countries[country as TCountryCode]
  return { ...(found && { continent: { code: found.continent } }), country: { iso_code: country } }
}

/** The new records, one for each country, and the offset at which each of them begins. */
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

/** Calls `visit` with the position and the value of each record in the search tree. */
const eachRecord = (tree: Buffer, visit: (at: number, value: number) => void): void => {
  for (let at = 0; at < tree.length; at += 3) visit(at, tree.readUIntBE(at, 3))
}

/**
 * Returns the converted file. `countryAt` returns the ISO code of the record at an offset into the source's data.
 * Throws if the records are not 24 bits wide.
 */
export const toCityDatabase = (
  source: Buffer,
  metadata: Metadata,
  countryAt: (offset: number) => string,
  placeOf = continentAndCountry,
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
