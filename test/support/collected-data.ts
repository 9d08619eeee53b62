import { maxCustom, maxValues } from '../../src/schema/custom.ts'
import { derivedProperties } from '../../src/schema/derived.ts'
import { eventNames, type EventName, type Row, type SpanRow } from '../../src/schema/row.ts'
import { resourceTable, spanTable } from '../../src/schema/table.ts'

import { examples } from './examples.ts'

/** Renders docs/collected-data.md from the table. */

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const code = (text: string): string => `\`${text}\``
const rowOf = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`

const grid = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [rowOf(head), rowOf(head.map(() => '---')), ...rows.map(rowOf)].join('\n')

const parts: readonly { readonly title: string; readonly rows: readonly (Row | SpanRow)[] }[] = [
  { title: 'Of each run', rows: resourceTable.filter(({ source }) => source === 'client') },
  { title: 'Of a span', rows: spanTable.filter(({ per }) => per === undefined) },
  { title: 'Sums over the parts of an operation', rows: spanTable.filter(({ per }) => per !== undefined) },
  { title: "Set by the publisher's collector", rows: resourceTable.filter(({ source }) => source === 'collector') },
]

const eventsOf = (events: readonly EventName[]): string =>
  events.length === eventNames.length ? 'all' : events.join(', ')

const known = examples()
const exampleOf = (key: string): string => (typeof known[key] === 'string' ? known[key] : JSON.stringify(known[key]))

const attribute = ({ key, rudder, shape, purpose, events, since, ...more }: Row | SpanRow) => [
  code(key),
  rudder === null ? '' : code(rudder),
  shape.text,
  purpose,
  code(exampleOf(key)),
  'on' in more ? more.on.join(', ') : 'all',
  eventsOf(events),
  since,
]

const head = ['attribute', 'property in Rudder', 'values', 'what it is for', 'example', 'spans', 'events', 'since']

const customText =
  `A tool may declare up to ${maxCustom} attributes of its operations in its program, each as a list of words (${maxValues} at most), as ` +
  `true or false, or as a number that is rounded down to one of ${maxValues} bounds at most (0, 1, 10, 100, …). Free text cannot ` +
  'be declared. An operation carries them as `cq.custom.<name>`, a Rudder event as `custom.<name>`; the tool says which ' +
  'they are, and `--inspect-telemetry` shows them.'

export const collectedData = (): string =>
  [
    '# Collected data',
    'Every field that may leave the machine. This page is written by `npm run docs` from the table in `src/schema/`, which ' +
      'is the one that the program checks each value against: what is not here cannot be sent. ' +
      '[telemetry.md](telemetry.md) says how to see it and how to say no.',
    'An attribute is what OpenTelemetry carries, a property what a RudderStack `track` call carries. A name that the author ' +
      'of the tool has not declared public is `private`, or a pseudonym such as `private-0f1e2d3c4b5a6978` where the tool ' +
      'asks for one; `_OTHER` stands for what is in no list. The examples are values that real runs have sent (but ' +
      'the region: the free database has none).',
    ...parts.flatMap(({ title, rows }) => [`## ${title}`, grid(head, rows.map(attribute))]),
    '## Declared by the author of the tool',
    customText,
    '## Computed for RudderStack',
    grid(
      ['property in Rudder', 'computed from', 'what it is for', 'events'],
      derivedProperties.map(({ rudder, from, purpose, events }) => [code(rudder), from, purpose, eventsOf(events)]),
    ),
    'Each `track` call also has `type`, `event`, `messageId` (a hash of the ids of trace and span), `anonymousId` and `userId` ' +
      '(the random id, or the id of the database), `originalTimestamp`, `sentAt`, the name and version of this package, ' +
      'and an empty `request_ip`. Each span has ids of its own, its start and its end.',
  ].join('\n\n') + '\n'
