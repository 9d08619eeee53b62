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

/** A request for deletion has three properties, and no other. */
const eventsOf = (events: readonly EventName[]): string => {
  if (events.length === eventNames.length) return 'all'
  return eventNames.every((name) => name === 'forget' || events.includes(name)) ? 'all but forget' : events.join(', ')
}

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

const customText = [
  `A tool may declare up to ${maxCustom} attributes of its own operations. Each one is:`,
  [
    `- a list of words, ${maxValues} at most,`,
    '- true or false, or',
    `- a number that is rounded down to one of at most ${maxValues} bounds (0, 1, 10, 100, …).`,
  ].join('\n'),
  'Free text cannot be declared. An operation carries the attribute as `cq.custom.<name>`, a RudderStack event as `custom.<name>`. ' +
    'The tool says which ones it has, and `--inspect-telemetry` shows them.',
].join('\n\n')

export const collectedData = (): string =>
  [
    '# Collected data',
    'For you, if you use a tool that is built with cq-telemetry, or analyze its data. This page lists every field that the tool may send. ' +
      '[telemetry.md](telemetry.md) shows how to see it and how to say no.',
    'The page is written by `npm run docs` from the table in `src/schema/`. The program checks each value against the same ' +
      'table, so a field that is not here cannot be sent.',
    [
      '- An **attribute** is sent with OpenTelemetry, a **property** with a RudderStack `track` call.',
      '- `private` stands for a name that the author of the tool has not declared public. A tool may send a pseudonym such as ' +
        '`private-0f1e2d3c4b5a6978` instead.',
      '- `_OTHER` stands for a word that is in no list.',
      '- The **examples** are values that real runs have sent. Only the region is made up, because the free database has none.',
    ].join('\n'),
    ...parts.flatMap(({ title, rows }) => [`## ${title}`, grid(head, rows.map(attribute))]),
    '## Declared by the author of the tool',
    customText,
    '## Computed for RudderStack',
    grid(
      ['property in Rudder', 'computed from', 'what it is for', 'events'],
      derivedProperties.map(({ rudder, from, purpose, events }) => [code(rudder), from, purpose, eventsOf(events)]),
    ),
    'Each `track` call also has:',
    [
      '- `type` and `event`',
      '- `messageId`, a hash of the ids of trace and span',
      '- `anonymousId`: the random id, or else an id of the run',
      '- `userId`: the id of the database, or else the random id. Without both there is none',
      '- `originalTimestamp` and `sentAt`',
      '- the name and version of this package',
      '- an empty `request_ip`',
    ].join('\n'),
    'Each span also has its own ids, its start and its end.',
  ].join('\n\n') + '\n'
