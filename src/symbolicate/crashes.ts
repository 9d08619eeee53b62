import { createReadStream } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { decodeLine } from '../otlp/decode.ts'
import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'

/** Crash reports in files of OTLP lines, grouped by their fault. */

/** One report, as it was received. */
export interface Crash {
  readonly version: string
  readonly errorType: string
  readonly kind: string
  readonly operation: string | undefined
  readonly causes: readonly string[]
  readonly frames: readonly string[]
  /** Unix time in seconds. */
  readonly time: number
}

interface Versioned {
  readonly version: string
  /** Installations with an id. CI runs and tools without ids have none. */
  readonly users: Set<string>
  reports: number
  /** The latest report. */
  latest: Crash
}

/** The reports of one fingerprint. */
export interface Fault {
  readonly fingerprint: string
  readonly versions: Map<string, Versioned>
  first: number
  last: number
}

/** A longer line does not come from a collector, whose requests have at most 4 MB. */
const maxLine = 64_000_000

/**
 * The lines of a file, or of standard input for `-`. A line that is too long is skipped. Throws if the file cannot be
 * read.
 */
async function* linesOf(file: string): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let tooLong = false
  for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!tooLong) yield line
      tooLong = false
    }
    if (rest.length > maxLine) {
      rest = ''
      tooLong = true
    }
  }
  if (!tooLong) yield rest
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as string[]) : [])

const crashOf = (
  { attributes, startTime: [seconds, nanoseconds] }: SanitizedSpan,
  resource: SanitizedResource,
): Crash => ({
  version: text(resource.attributes['service.version']).replace(/^v/, '') || 'unknown',
  errorType: text(attributes['error.type']) || '_OTHER',
  kind: text(attributes['cq.crash.kind']),
  operation: text(attributes['cq.operation.name']) || undefined,
  causes: texts(attributes['cq.crash.causes']),
  frames: texts(attributes['cq.crash.frames']),
  time: seconds + nanoseconds / 1e9,
})

/** Collects faults. A report that was received twice counts once. */
class Faults {
  readonly byFingerprint = new Map<string, Fault>()
  private readonly seen = new Set<string>()

  add(span: SanitizedSpan, resource: SanitizedResource): void {
    const id = span.traceId + span.spanId
    const fingerprint = text(span.attributes['cq.crash.fingerprint'])
    if (fingerprint === '' || this.seen.has(id)) return
    this.seen.add(id)
    const crash = crashOf(span, resource)
    const fault = this.faultOf(fingerprint, crash.time)
    fault.first = Math.min(fault.first, crash.time)
    fault.last = Math.max(fault.last, crash.time)
    const version = fault.versions.get(crash.version) ?? {
      version: crash.version,
      users: new Set(),
      reports: 0,
      latest: crash,
    }
    fault.versions.set(crash.version, version)
    version.reports += 1
    if (crash.time > version.latest.time) version.latest = crash
    const installation = text(resource.attributes['app.installation.id'])
    if (installation !== '') version.users.add(installation)
  }

  private faultOf(fingerprint: string, time: number): Fault {
    const fault = this.byFingerprint.get(fingerprint) ?? { fingerprint, versions: new Map(), first: time, last: time }
    this.byFingerprint.set(fingerprint, fault)
    return fault
  }
}

export const usersOf = ({ versions }: Fault): number =>
  new Set([...versions.values()].flatMap(({ users }) => [...users])).size

export const reportsOf = ({ versions }: Fault): number =>
  [...versions.values()].reduce((sum, { reports }) => sum + reports, 0)

/** The faults in these files, the worst first: by users, then by reports. */
export const faultsIn = async (files: readonly string[]): Promise<Fault[]> => {
  const faults = new Faults()
  for (const file of files)
    for await (const line of linesOf(file)) {
      // Most lines have no crash, and parsing takes most of the time.
      if (!line.includes('cq.crash.fingerprint')) continue
      for (const { resource, spans } of decodeLine(line))
        for (const span of spans) if (span.type === 'crash') faults.add(span, resource)
    }
  return [...faults.byFingerprint.values()].sort(
    (one, other) =>
      usersOf(other) - usersOf(one) ||
      reportsOf(other) - reportsOf(one) ||
      (one.fingerprint < other.fingerprint ? -1 : 1),
  )
}
