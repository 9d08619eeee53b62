import { derivedProperties } from '../../src/schema/derived.ts'
import { eventNames, type EventName, type Row, table } from '../../src/schema/table.ts'

/** Renders docs/collected-data.md from the table. */

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const code = (text: string): string => `\`${text}\``
const rowOf = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`

const grid = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [rowOf(head), rowOf(head.map(() => '---')), ...rows.map(rowOf)].join('\n')

const places: readonly { readonly title: string; readonly holds: (row: Row) => boolean }[] = [
  { title: 'Of each run', holds: ({ on, source }) => on === 'resource' && source === 'client' },
  { title: 'Of a span', holds: ({ on, per }) => on !== 'resource' && per === undefined },
  {
    title: 'Sums over the parts of an operation',
    holds: ({ on, per }) => on !== 'resource' && per !== undefined,
  },
  { title: "Set by the publisher's collector", holds: ({ source }) => source === 'collector' },
]

const eventsOf = (events: readonly EventName[]): string =>
  events.length === eventNames.length ? 'all' : events.join(', ')

const attribute = ({ key, rudder, on, shape, purpose, example, events, since }: Row) => [
  code(key),
  rudder === null ? '' : code(rudder),
  `${shape.list ? 'list: ' : ''}${shape.text}`,
  purpose,
  code(example),
  on === 'resource' ? 'all' : on.join(', '),
  eventsOf(events),
  since,
]

const head = ['attribute', 'property in Rudder', 'values', 'what it is for', 'example', 'spans', 'events', 'since']

export const collectedData = (): string =>
  [
    '# Collected data',
    'Every field that may leave the machine. This page is written by `npm run docs` from the table in `src/schema/`, which ' +
      'is the one that the program checks each value against: what is not here cannot be sent. ' +
      '[telemetry.md](telemetry.md) says how to see it and how to say no.',
    'An attribute is what OpenTelemetry carries, a property what a RudderStack `track` call carries. A name that the author ' +
      'of the tool has not declared public is `private`; `_OTHER` stands for what is in no list.',
    ...places.flatMap(({ title, holds }) => [`## ${title}`, grid(head, table.filter(holds).map(attribute))]),
    '## Computed for RudderStack',
    grid(
      ['property in Rudder', 'computed from', 'what it is for', 'events'],
      derivedProperties.map(({ rudder, from, purpose, events }) => [code(rudder), from, purpose, eventsOf(events)]),
    ),
    'Each `track` call also has `type`, `event`, `messageId` (a hash of the ids of trace and span), `anonymousId` and `userId` ' +
      '(the random id, or the id of the database), `originalTimestamp`, `sentAt`, the name and version of this package, ' +
      'and an empty `request_ip`. Each span has ids of its own, its start and its end.',
  ].join('\n\n') + '\n'
