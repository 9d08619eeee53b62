import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Reader } from 'mmdb-lib'
import { type PlaceOf, toCityDatabase } from './geo.ts'
import { cacheDirectory } from './paths.ts'

const require = createRequire(import.meta.url)
/** The public reader can only look up addresses; the decoder reads the record at an offset. */
const { default: Decoder } = require('mmdb-lib/lib/decoder.js') as typeof import('mmdb-lib/lib/decoder.js')

const packageName = '@ip-location-db/geo-whois-asn-country-mmdb'

const source = (): Buffer => readFileSync(require.resolve(`${packageName}/geo-whois-asn-country.mmdb`))

/** Converts the package's database to the City format. `placeOf` may give more than continent and country. */
export const convertCountries = (placeOf?: PlaceOf): Buffer => {
  const bytes = source()
  const { metadata } = new Reader<never>(bytes)
  const dataStart = metadata.searchTreeSize + 16
  const decoder = new Decoder(bytes, dataStart)
  const converted = { ...metadata, buildEpoch: Math.floor(metadata.buildEpoch.getTime() / 1000) }
  const countryAt = (offset: number) =>
    String((decoder.decode(dataStart + offset).value as { country_code?: unknown }).country_code)
  return toCityDatabase(bytes, converted, countryAt, placeOf)
}

/** Path of the country database for the `geoip` processor. It is converted once, into the cache. */
export const countryDatabase = (env = process.env): string => {
  const { version } = require(`${packageName}/package.json`) as { version: string }
  const target = join(cacheDirectory(env), `countries-${version}.mmdb`)
  if (existsSync(target)) return target
  mkdirSync(cacheDirectory(env), { recursive: true })
  writeFileSync(`${target}.${process.pid}`, convertCountries())
  renameSync(`${target}.${process.pid}`, target)
  return target
}
