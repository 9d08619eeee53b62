import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Reader } from 'mmdb-lib'
import decoding from 'mmdb-lib/lib/decoder.js'
import { type PlaceOf, toCityDatabase } from './city-database.ts'
import { cacheDirectory } from './paths.ts'

const require = createRequire(import.meta.url)

/** Vitest unwraps the `default` of a CommonJS module by itself. Node and esbuild do not. */
const exportsOf = <Exported>(module: { readonly default: Exported }): Exported =>
  module.default ?? (module as unknown as Exported)

/** The public reader can only look up addresses; the decoder reads the record at an offset. */
const DecoderOfRecords = exportsOf(decoding)

const packageName = '@ip-location-db/geo-whois-asn-country-mmdb'

/** The path of a file of the package. The package is an optional peer, because only this needs its 8 MB. */
const resolved = (file: string): string => {
  try {
    return require.resolve(`${packageName}/${file}`)
  } catch (error) {
    const remedy = `npm install ${packageName}, or set CQ_GEO to a City database of your own`
    throw new Error(`geo needs a database of countries: ${remedy}`, { cause: error })
  }
}

/** Converts the package's database to the City format. `placeOf` may return more than continent and country. */
export const convertCountries = (placeOf?: PlaceOf): Buffer => {
  const bytes = readFileSync(resolved('geo-whois-asn-country.mmdb'))
  const { metadata } = new Reader<never>(bytes)
  const dataStart = metadata.searchTreeSize + 16
  const decoder = new DecoderOfRecords(bytes, dataStart)
  const converted = { ...metadata, buildEpoch: Math.floor(metadata.buildEpoch.getTime() / 1000) }
  const countryAt = (offset: number) =>
    String((decoder.decode(dataStart + offset).value as { country_code?: unknown }).country_code)
  return toCityDatabase(bytes, converted, countryAt, placeOf)
}

/** Path of the country database for the `geoip` processor. It is converted once, into the cache. */
export const countryDatabase = (env = process.env): string => {
  const { version } = JSON.parse(readFileSync(resolved('package.json'), 'utf8')) as { version: string }
  const target = join(cacheDirectory(env), `countries-${version}.mmdb`)
  if (existsSync(target)) return target
  mkdirSync(cacheDirectory(env), { recursive: true })
  writeFileSync(`${target}.${process.pid}`, convertCountries())
  renameSync(`${target}.${process.pid}`, target)
  return target
}
