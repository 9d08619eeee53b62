import type { TrackEvent } from '../deliver/rudder/event.ts'
import { joinFitting, wrap } from '../machine/wrap.ts'
import type { Removal } from '../schema/removals.ts'
import { escapeControls, fit, type Paint } from './paint.ts'
import { plural, type ViewSpan } from './view-span.ts'
import { type Look, waterfall } from './waterfall.ts'

/** Renders a run for the terminal: its spans, its track events, and what the sanitizer removed. */

/** A removal with the number of times that it happened. */
export interface Counted extends Removal {
  readonly count: number
}

export interface InspectedRun {
  readonly spans: readonly ViewSpan[]
  readonly events: readonly TrackEvent[]
  readonly removed: readonly Counted[]
}

/** The properties of an event that are shown, because they distinguish it from other events. */
const shownProperties = [
  'operation',
  'fetch_provider',
  'fetch_status',
  'fetch_total_resources_count',
  'policy_name',
  'crash_kind',
  'error_type',
  'exit_code',
  'success',
] as const

/** Columns for the name of an event. */
const eventWidth = 11

const eventLine = ({ event, properties }: TrackEvent, { paint, width }: Look): string => {
  const values = shownProperties.flatMap((name) =>
    properties[name] === undefined ? [] : [`${name} ${JSON.stringify(properties[name]).replaceAll('"', '')}`],
  )
  const size = plural(Object.keys(properties).length, 'property', 'properties')
  const text = joinFitting([...values, size].map(escapeControls), width - eventWidth - 3)
  return `  ${fit(escapeControls(event), eventWidth)} ${paint.dim(text)}`.trimEnd()
}

/** The reason is on a line of its own if it does not fit beside the removed value's name. */
const removedLines = ({ what, reason, count }: Counted, widest: number, { paint, width }: Look): string[] => {
  const first = `  ${`${count.toLocaleString('en')} ×`.padStart(7)}  ${escapeControls(what)}`
  const why = escapeControls(reason)
  if (11 + widest + 2 + why.length <= width) return [`${first.padEnd(11 + widest)}  ${paint.dim(why)}`]
  return [first, ...wrap(why, width - 11).map((line) => `${' '.repeat(11)}${paint.dim(line)}`)]
}

/** The most events that are listed. The rest are counted. */
const maxEvents = 20

const eventLines = (events: readonly TrackEvent[], look: Look): string[] => {
  const more = events.length - maxEvents
  return [
    ...events.slice(0, maxEvents).map((event) => eventLine(event, look)),
    ...(more > 0 ? [`  … ${plural(more, 'more', 'more')}`] : []),
  ]
}

const heading = (text: string, paint: Paint): string => paint.bold(text)

/** Returns lines without line breaks. */
export const asText = ({ spans, events, removed }: InspectedRun, look: Look): string[] => {
  const widest = Math.max(0, ...removed.map(({ what }) => escapeControls(what).length))
  return [
    ...waterfall(spans, look),
    ...(events.length > 0 ? ['', heading('Track events', look.paint), ...eventLines(events, look)] : []),
    ...(removed.length > 0
      ? [
          '',
          heading('Removed before anything was written', look.paint),
          ...removed.flatMap((each) => removedLines(each, widest, look)),
        ]
      : []),
  ]
}

/** Adds removals to the counts, and sorts these by descending count. */
export const countRemovals = (before: readonly Counted[], removals: readonly Removal[]): readonly Counted[] => {
  if (removals.length === 0) return before
  const counts = new Map(before.map((each) => [`${each.what}\n${each.reason}`, each]))
  for (const { what, reason } of removals) {
    const key = `${what}\n${reason}`
    counts.set(key, { what, reason, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)
}
