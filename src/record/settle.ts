import type { Context } from '@opentelemetry/api'
import type { ActiveContext } from './active-context.ts'
import { mayBeOfOutput } from './closed-output.ts'
import { throwsIntoPromise } from './crash/call-sites.ts'
import { noError } from './errors.ts'
import type { End } from './failure.ts'
import { watch } from './watch.ts'

/** An operation that is about to run. `end` does not throw, and may be called again. */
export interface Begun {
  readonly context: Context
  readonly end: End
}

/** Operations that have failed, but whose error is only known once it is clear whether the process ends of it. */
const undecided = new Set<(error: unknown) => void>()
let immediate: NodeJS.Immediate | undefined

/** Ends those operations. `error` is the uncaught error, if there is one. */
export const decideEnds = (error: unknown = noError): void => {
  for (const decide of undecided) {
    undecided.delete(decide)
    decide(error)
  }
}

/**
 * Ends a failed operation at once if the process ends of its error, else after this turn of the event loop. `known` is
 * the error of the operation. Without it, an uncaught error is taken for it.
 */
const endLater = (end: End, known?: unknown): void => {
  const endedAt = performance.now()
  undecided.add((error) => end({ error: known ?? error }, endedAt))
  immediate ??= setImmediate(() => {
    immediate = undefined
    decideEnds()
  }).unref()
}

/** Whether a call is on the stack whose error is not caught here. */
let passing = false

/**
 * Calls `run`, and ends its operation when it returns or throws, or when the host learns the outcome of the promise
 * that it returns. Returns what `run` returns and throws what it throws. Each function between the host's call and its
 * callback is a frame in the stack of the host's errors, so there are few.
 *
 * Before Node ends of an uncaught error, it shows the line that threw it last, which must not be ours. So an error that
 * does not become a rejection is not caught here. Then the error is known if nobody catches it, and unknown if the host
 * does.
 */
export const settle = <T, Unit>(active: ActiveContext, begun: Begun, run: (unit: Unit) => T, unit: Unit): T => {
  const { context } = begun
  const end: End = (failure, endedAt) => {
    // A stream emits its error after the callback of the write.
    if (failure && mayBeOfOutput(failure.error)) endLater(begun.end, failure.error)
    else begun.end(failure, endedAt)
  }
  const outer = passing
  passing ||= !active.isInside && !throwsIntoPromise()
  const leave = active.enter(context)
  let result: T
  let returned = false
  if (passing) {
    try {
      result = run(unit)
      returned = true
    } finally {
      passing = outer
      leave()
      if (returned) decideEnds()
      else endLater(end)
    }
  } else {
    try {
      result = run(unit)
    } catch (error) {
      end({ error })
      throw error
    } finally {
      leave()
    }
  }
  try {
    watch(result, end)
  } catch {
    end(undefined)
  }
  return result
}
