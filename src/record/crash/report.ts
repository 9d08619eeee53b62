import { sha1 } from '../../machine/ids.ts'
import type { Attributes } from '@opentelemetry/api'
import { maxCauses, publicFrames } from '../../schema/frame.ts'
import type { Publicize } from '../../schema/names.ts'
import { isPrivateName, otherName } from '../../schema/shapes.ts'
import type { CrashKind } from '../../schema/vocabulary.ts'
import { type Classified, typeOf } from '../errors.ts'
import { framesOf } from './frames.ts'

/**
 * A crash report consists of words from our own lists and of positions in published code. It has no text of the error.
 */

/** Properties of an error may be getters that throw. */
const propertyOf = (error: unknown, key: 'cause' | 'errors'): unknown => {
  try {
    return (error as Record<string, unknown> | null | undefined)?.[key]
  } catch {
    return undefined
  }
}

/** The errors of an AggregateError. `errors` may be any value, even a proxy that throws. */
const errorsOf = (error: unknown): unknown[] => {
  try {
    const errors = propertyOf(error, 'errors')
    return Array.isArray(errors) ? errors.slice(0, maxCauses) : []
  } catch {
    return []
  }
}

const directCauses = (error: unknown): unknown[] => {
  const cause = propertyOf(error, 'cause')
  return cause === undefined ? errorsOf(error) : [cause, ...errorsOf(error)]
}

/** All causes, and all errors of an AggregateError, breadth first. Each counts once, since a chain can be circular. */
const allCauses = (error: unknown): unknown[] => {
  const found: unknown[] = []
  const queue = directCauses(error)
  while (queue.length > 0 && found.length < maxCauses) {
    const next = queue.shift()
    if (next === error || found.includes(next)) continue
    found.push(next)
    queue.push(...directCauses(next))
  }
  return found
}

export interface CrashOptions {
  readonly kind: CrashKind
  readonly app: string
  /** The public name of the operation that was running, if any. */
  readonly operation: string | undefined
  readonly publicize: Publicize
  readonly classify: (error: unknown) => Classified
}

/**
 * The place that the fingerprint is made of: the innermost five public frames or, without any, the operation's public
 * name. So one fault has one fingerprint on all machines, and the fingerprint reveals nothing that the report does not
 * contain.
 */
const placeOf = (frames: readonly string[], operation: string | undefined): readonly string[] => {
  const named = frames.filter((each) => each !== otherName).slice(0, 5)
  if (named.length > 0) return named
  return operation === undefined || isPrivateName(operation) ? [''] : [operation]
}

const fingerprintOf = (app: string, parts: readonly string[]): string =>
  sha1(['cq-telemetry crash', app, ...parts].join('\0'))

/** The attributes of the span of a crash report. */
export const crashAttributes = (
  error: unknown,
  { kind, app, operation, publicize, classify }: CrashOptions,
): Attributes => {
  const { errorClass, sqlStateClass } = classify(error)
  const type = typeOf(error)
  const causes = allCauses(error).map(typeOf)
  const frames = publicFrames(framesOf(error), publicize)
  return {
    'cq.span.type': 'crash',
    'cq.success': false,
    'cq.crash.kind': kind,
    'cq.crash.fingerprint': fingerprintOf(app, [kind, type, ...causes, ...placeOf(frames, operation)]),
    'error.type': type,
    'cq.error.class': errorClass,
    ...(sqlStateClass !== undefined && { 'cq.error.sqlstate_class': sqlStateClass }),
    ...(operation !== undefined && { 'cq.operation.name': operation }),
    ...(frames.length > 0 && { 'cq.crash.frames': frames }),
    ...(causes.length > 0 && { 'cq.crash.causes': causes }),
  }
}
