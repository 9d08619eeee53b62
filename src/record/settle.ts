/* oxlint-disable unicorn/no-thenable -- The objects with a `then` are the host's. */
import type { Context } from '@opentelemetry/api'
import type { ActiveContext } from './active-context.ts'
import { throwsIntoPromise } from './crash/call-sites.ts'
import { mayBeOfOutput } from './closed-output.ts'
import { noError } from './errors.ts'
import { inspect, types } from '../machine/node.ts'

/** The error that a callback threw; undefined if it succeeded. */
export type Failure = { readonly error: unknown } | undefined

/** `endedAt` is a time of `performance.now()`, if it was earlier than now. */
type End = (failure: Failure, endedAt?: number) => void
type Method = (this: unknown, ...args: unknown[]) => unknown

/**
 * A callback's value is handed back as it is, the same object. So a promise is not watched by a handler of ours, which would
 * hide a rejection or make one unhandled: it, or a query builder that runs when it is asked, gets a `then` that is called in
 * place of its own when the host asks, and that tells us the outcome. Then the object is as before.
 */

/** The constructor of the promises that async functions return, whatever the host has put in place of the global one. */
const made = (async () => undefined)()
const Native = made.constructor as PromiseConstructor
const nativeThen = Object.getOwnPropertyDescriptor(Native.prototype, 'then')?.value as Method

/**
 * What an `await` finds as the constructor of a plain promise that is watched. Since it is another, `await` calls `then`.
 * A subclass, so that all that is done with a promise's constructor can be done with it.
 */
const Awaited = { Promise: class extends Native<unknown> {} }.Promise
void Object.defineProperty(Awaited, 'name', { value: 'Promise' })
void Object.defineProperty(Awaited, Symbol.species, { value: Native })

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

/** The `then` of a value and the object that has it. No code of the host runs: getters and proxies are not asked. */
const findThen = (value: object): { holder: object; descriptor: PropertyDescriptor; then: Method } | undefined => {
  for (let holder: object | null = value; holder !== null; holder = Object.getPrototypeOf(holder) as object | null) {
    if (types.isProxy(holder)) return undefined
    const descriptor = Object.getOwnPropertyDescriptor(holder, 'then')
    if (!descriptor) continue
    const then: unknown = descriptor.value
    return typeof then === 'function' ? { holder, descriptor, then: then as Method } : undefined
  }
  return undefined
}

/** Puts properties in front of those that the object inherits. Returns undefined for one that cannot be extended. */
const putInFront = (value: object, properties: PropertyDescriptorMap): (() => void) | undefined => {
  const inherited = Object.getPrototypeOf(value) as object
  const front = Object.create(inherited, properties) as object
  if (!Reflect.setPrototypeOf(value, front)) return undefined
  return () => {
    if (Object.getPrototypeOf(value) === front) Reflect.setPrototypeOf(value, inherited)
  }
}

/** Replaces the object's own property. Returns undefined if it is fixed. */
const replaceOwn = (value: object, descriptor: PropertyDescriptor, then: Method): (() => void) | undefined => {
  for (const key of ['name', 'length'])
    Object.defineProperty(then, key, { ...Object.getOwnPropertyDescriptor(descriptor.value, key) })
  if (!Reflect.defineProperty(value, 'then', { ...descriptor, value: then })) return undefined
  return () => {
    if (Object.getOwnPropertyDescriptor(value, 'then')?.value === then)
      Reflect.defineProperty(value, 'then', descriptor)
  }
}

interface Unasked {
  readonly promise: object
  readonly end: End
}

/** Promises that the host has not asked yet. It may never, so their state is looked at. */
const unasked = new Set<Unasked>()
/** Milliseconds. To read the state of a rejected promise reads the stack of its error (see `CrashReporter`). */
const lookEveryMs = 1_000
let timer: NodeJS.Timeout | undefined

/** Reads the state of a promise without a handler. */
const stateOf = (promise: object): string => {
  try {
    const text = inspect(promise, {
      depth: 0,
      colors: false,
      customInspect: false,
      showProxy: true,
      maxStringLength: 0,
    })
    return /\{\s+<(pending|rejected)>/.exec(text)?.[1] ?? 'fulfilled'
  } catch {
    return 'fulfilled'
  }
}

/** Ends the work of promises that have settled and that the host has not asked. `error` is that of a rejected one, if known. */
export const endSettled = (error: unknown = noError): void => {
  for (const each of unasked) {
    const state = stateOf(each.promise)
    if (state === 'pending') continue
    unasked.delete(each)
    each.end(state === 'rejected' ? { error } : undefined)
  }
}

const lookLater = (): void => {
  timer ??= setTimeout(() => {
    timer = undefined
    endSettled()
    if (unasked.size > 0) lookLater()
  }, lookEveryMs).unref()
}

/** Calls the `then` of a plain promise, after a handler of ours that passes everything on. */
const passOn = (promise: object, end: End): unknown =>
  Reflect.apply(nativeThen, promise, [
    (value: unknown) => {
      end(undefined)
      return value
    },
    (error: unknown) => {
      end({ error })
      throw error
    },
  ])

const watched = new WeakMap<object, End[]>()

/** Calls the `then` of any other value with the host's handlers, each of which first tells the outcome. */
const askOther = (value: object, then: Method, args: unknown[], end: End): unknown => {
  const outcomes = [(): void => end(undefined), (error: unknown): void => end({ error })]
  const result: unknown = Reflect.apply(
    then,
    value,
    args.map((handler, index) => {
      const tell = outcomes[index]
      if (typeof handler !== 'function' || !tell) return handler
      return function (this: unknown, ...given: unknown[]): unknown {
        tell(given[0])
        return Reflect.apply(handler as Method, this, given)
      }
    }),
  )
  // Without a handler for both outcomes, what the `then` returns has the other.
  if (typeof args[0] !== 'function' || typeof args[1] !== 'function') watch(result, end)
  return result
}

/** Ends the work when the host learns the outcome of the value; at once if this is no value with an outcome to wait for. */
const watch = (value: unknown, own: End): void => {
  const others = isObject(value) ? watched.get(value) : undefined
  if (others) return void others.push(own)
  const found = isObject(value) ? findThen(value) : undefined
  if (!isObject(value) || !found) return own(undefined)
  const ends = [own]
  const end: End = (failure) => {
    watched.delete(value)
    for (const each of ends) each(failure)
  }
  let passedOn: unknown
  const { holder, descriptor, then } = found
  const plain = holder === Native.prototype && Object.getPrototypeOf(value) === holder && types.isPromise(value)
  // An `await` would ask this constructor, and not the one in front.
  if (plain && Object.hasOwn(value, 'constructor')) return end(undefined)
  const waiting = { promise: value, end }
  const ask: Method = function (this: unknown, ...args) {
    if (this !== value) return Reflect.apply(then, this, args)
    unasked.delete(waiting)
    if (plain) {
      passedOn ??= passOn(value, (failure) => {
        restore?.()
        end(failure)
      })
      return Reflect.apply(then, passedOn, args)
    }
    restore?.()
    watched.delete(value)
    return askOther(value, then, args, end)
  }
  const property = { configurable: true, writable: true, enumerable: false }
  const restore =
    holder === value
      ? replaceOwn(value, descriptor, ask)
      : putInFront(value, {
          then: { ...property, value: ask },
          ...(plain && { constructor: { ...property, value: Awaited } }),
        })
  if (!restore) return end(undefined)
  watched.set(value, ends)
  if (!types.isPromise(value)) return
  unasked.add(waiting)
  lookLater()
}

/** Work that is about to run. `end` does not throw, and may be called again. */
export interface Begun {
  readonly context: Context
  readonly end: End
}

/** Work that has ended of an error of which more is known later. */
const undecided = new Set<(error: unknown) => void>()
let immediate: NodeJS.Immediate | undefined

/** Ends that work. `error` is one that nobody has caught. */
export const decideEnds = (error: unknown = noError): void => {
  for (const decide of undecided) {
    undecided.delete(decide)
    decide(error)
  }
}

/**
 * Ends work of an error, or of one that is not known, once it is known whether the process ends of it: then at once, else
 * after this turn of the event loop.
 */
const endLater = (end: End, known?: unknown): void => {
  const endedAt = performance.now()
  undecided.add((error) => end({ error: known ?? error }, endedAt))
  immediate ??= setImmediate(() => {
    immediate = undefined
    decideEnds()
  }).unref()
}

/** Work is on the stack whose error is not caught here. */
let passing = false

/**
 * Calls `run`, and ends its work once the call is over: when it returns or throws, or when the host has learnt the outcome of
 * what it returns. Returns what `run` returns and throws what it throws. Each function between the host's call and its
 * callback is a frame in the stack of the host's errors, so there are few.
 *
 * Node shows the line that threw an uncaught error last, which must not be ours. So where the error does not become a
 * rejection it is not caught here: it is known if nobody catches it, and not if the host does.
 */
export const settle = <T, Unit>(active: ActiveContext, begun: Begun, run: (unit: Unit) => T, unit: Unit): T => {
  const { context } = begun
  const end: End = (failure, endedAt) => {
    // A stream tells of its error after the callback of the write.
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
