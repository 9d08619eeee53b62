import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Reader } from 'mmdb-lib'
import { toCityDatabase } from './geo.ts'
import { cacheDirectory } from './paths.ts'

const require = createRequire(import.meta.url)
/** The reader alone gives no record at an offset. */
const { default: Decoder } = require('mmdb-lib/lib/decoder.js') as typeof import('mmdb-lib/lib/decoder.js')

const packageName = '@ip-location-db/geo-whois-asn-country-mmdb'

const convert = (source: Buffer): Buffer => {
  const { metadata } = new Reader<never>(source)
  const data = metadata.searchTreeSize + 16
  const decoder = new Decoder(source, data)
  const known = { ...metadata, buildEpoch: Math.floor(metadata.buildEpoch.getTime() / 1000) }
  return toCityDatabase(source, known, (offset) =>
    String((decoder.decode(data + offset).value as { country_code?: unknown }).country_code),
  )
}

/** The database of countries that the `geoip` processor reads: converted once, into the cache. */
export const countryDatabase = (env = process.env): string => {
  const { version } = require(`${packageName}/package.json`) as { version: string }
  const target = join(cacheDirectory(env), `countries-${version}.mmdb`)
  if (existsSync(target)) return target
  mkdirSync(cacheDirectory(env), { recursive: true })
  const source = readFileSync(require.resolve(`${packageName}/geo-whois-asn-country.mmdb`))
  writeFileSync(`${target}.${process.pid}`, convert(source))
  renameSync(`${target}.${process.pid}`, target)
  return target
}
