import { matching, oneOf, type Shape } from './shapes.ts'
import type { Row } from './row.ts'

const row = (key: string, rudder: string, shape: Shape, purpose: string): Row => ({
  key,
  rudder,
  shape,
  purpose,
  since: '0.1.0',
  source: 'collector',
  events: ['fetch', 'policy run', 'operation', 'run', 'crash', 'delivery'],
})

/** Attributes that the publisher's collector derives from the address of a request. It then discards the address. */
export const collectorRows: readonly Row[] = [
  row(
    'geo.country.iso_code',
    'geo_country',
    matching('ISO 3166-1 code', /^[A-Z]{2}$/, 2),
    'In which countries the tool is used.',
  ),
  row('geo.continent.code', 'geo_continent', oneOf('AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'), 'On which continents.'),
  row(
    'geo.region.iso_code',
    'geo_region',
    matching('ISO 3166-2 code', /^[A-Z]{2}-[A-Z0-9]{1,3}$/, 6),
    'In which region, if the operator chose to keep it.',
  ),
]
