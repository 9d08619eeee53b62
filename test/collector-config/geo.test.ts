import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Reader } from 'mmdb-lib'
import { expect, test } from 'vitest'
import { convertCountries } from '../../src/collector/countries.ts'
import { cases, fc } from '../support/property.ts'

/** The converted database, read by a reader that is not ours, against the one that it was made from. */

const source = createRequire(import.meta.url).resolve(
  '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb',
)
interface Flat {
  readonly country_code: string
}
interface City {
  readonly country?: { readonly iso_code: string }
  readonly continent?: { readonly code: string }
}

test('each address keeps its country, and gets its continent', () => {
  const flat = new Reader<never>(readFileSync(source))
  const city = new Reader<never>(convertCountries())
  expect(city.metadata.databaseType).toBe('GeoLite2-City')
  const continents = new Set<unknown>()
  const check = (address: string) => {
    const found = city.get(address) as City | null
    expect(found?.country?.iso_code, address).toBe((flat.get(address) as Flat | null)?.country_code)
    continents.add(found?.continent?.code)
  }
  fc.assert(fc.property(fc.ipV4(), check), { numRuns: cases(2_000) })
  fc.assert(fc.property(fc.ipV6(), check), { numRuns: cases(500) })
  for (const continent of ['EU', 'NA', 'AS', 'SA', 'AF', 'OC']) expect(continents).toContain(continent)
})
