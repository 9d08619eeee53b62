import type { TrackEvent } from '../deliver/rudder/event.ts'
import { stamped } from '../deliver/rudder/event.ts'
import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'
import { tracesData } from '../otlp/encode.ts'
import type { Counted } from './text.ts'
import { fs } from '../machine/node.ts'

const { closeSync, constants, fstatSync, openSync, writeSync } = fs

/**
 * The log that `--inspect-telemetry` writes, one JSON object per line. The message of the track events is the one that
 * CloudQuery's CLI writes.
 */

const { O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_WRONLY } = constants

const openLog = (path: string): number => {
  const descriptor = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
  if (fstatSync(descriptor).isFile()) return descriptor
  closeSync(descriptor)
  throw new Error('not a regular file')
}

export class InspectLog {
  private readonly path: string
  private readonly now: () => Date
  private readonly rudder: boolean
  private lastResource = ''

  /** `rudder` says whether the tool sends to RudderStack. The views show no track events of one that does not. */
  constructor(path: string, now: () => Date, rudder: boolean) {
    this.path = path
    this.now = now
    this.rudder = rudder
  }

  /** Throws if the log cannot be written. */
  write(resource: SanitizedResource, spans: readonly SanitizedSpan[], events: readonly TrackEvent[]): void {
    const [resourceSpans] = tracesData(resource, spans).resourceSpans
    const written = resourceSpans?.scopeSpans[0]?.spans ?? []
    this.append([
      ...this.resourceLine(resourceSpans?.resource),
      ...written.map((data) => this.line('inspect span', { span: data.name, data })),
      ...events.map((event) =>
        this.line('inspect analytics event', { event: event.event, data: stamped(event, this.now()) }),
      ),
    ])
  }

  /** Writes what was removed, once per run. Throws if the log cannot be written. */
  removed(removals: readonly Counted[]): void {
    if (removals.length > 0) this.append([this.line('inspect removed', { data: removals })])
  }

  private append(lines: readonly string[]): void {
    const descriptor = openLog(this.path)
    try {
      writeSync(descriptor, lines.join(''))
    } finally {
      closeSync(descriptor)
    }
  }

  /** Empty unless the resource has changed since the last line. */
  private resourceLine(data: unknown): string[] {
    const text = JSON.stringify(data)
    if (text === this.lastResource) return []
    this.lastResource = text
    return [this.line('inspect resource', { rudder: this.rudder, data })]
  }

  private line(message: string, fields: object): string {
    return `${JSON.stringify({ level: 'info', time: this.now().toISOString(), message, ...fields })}\n`
  }
}
