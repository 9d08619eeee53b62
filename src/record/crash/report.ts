import { sha1 } from '../../machine/ids.ts'
import type { Attributes } from '@opentelemetry/api'
import { maxCauses } from '../../schema/shapes.ts'
import type { CrashKind } from '../../schema/vocabulary.ts'
import { type Classified, typeOf } from '../errors.ts'
import { framesOf } from './frames.ts'

/** What a crash report says of an error: words of our own lists, and places in published code. */

const at = (error: unknown, key: 'cause' | 'errors'): unknown => {
  try {
    return (error as Record<string, unknown> | null | undefined)?.[key]
  } catch {
    return undefined
  }
}

/** Of an AggregateError; the list may be anything that calls itself one. */
const errorsOf = (error: unknown): unknown[] => {
  try {
    const errors = at(error, 'errors')
    return Array.isArray(errors) ? errors.slice(0, maxCauses) : []
  } catch {
    return []
  }
}

const causesBelow = (error: unknown): unknown[] => {
  const cause = at(error, 'cause')
  return cause === undefined ? errorsOf(error) : [cause, ...errorsOf(error)]
}

/** The causes, and the errors of an AggregateError, breadth first; each once, since a chain can be a circle. */
const causesOf = (error: unknown): unknown[] => {
  const found: unknown[] = []
  const queue = causesBelow(error)
  while (queue.length > 0 && found.length < maxCauses) {
    const next = queue.shift()
    if (next === error || found.includes(next)) continue
    found.push(next)
    queue.push(...causesBelow(next))
  }
  return found
}

export interface CrashOptions {
  readonly kind: CrashKind
  readonly app: string
  /** The public name of the operation, if one was at work. */
  readonly operation: string | undefined
  readonly classify: (error: unknown) => Classified
}

/** Reports of one fault have one fingerprint: of the frames only the innermost five count. */
const fingerprintOf = (app: string, parts: readonly string[]): string =>
  sha1(['cq-telemetry crash', app, ...parts].join('\0'))

/** The attributes of the report, without what the span has anyway. */
export const crashAttributes = (error: unknown, { kind, app, operation, classify }: CrashOptions): Attributes => {
  const { errorClass, sqlStateClass } = classify(error)
  const type = typeOf(error)
  const causes = causesOf(error).map(typeOf)
  const frames = framesOf(error)
  const parts = frames.length > 0 ? frames.slice(0, 5) : [operation ?? '']
  return {
    'cq.span.type': 'crash',
    'cq.success': false,
    'cq.crash.kind': kind,
    'cq.crash.fingerprint': fingerprintOf(app, [kind, type, ...causes, ...parts]),
    'error.type': type,
    'cq.error.class': errorClass,
    ...(sqlStateClass !== undefined && { 'cq.error.sqlstate_class': sqlStateClass }),
    ...(operation !== undefined && { 'cq.operation.name': operation }),
    ...(frames.length > 0 && { 'cq.crash.frames': frames }),
    ...(causes.length > 0 && { 'cq.crash.causes': causes }),
  }
}
