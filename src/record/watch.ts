/* oxlint-disable unicorn/no-thenable -- The objects with a `then` are the host's. */
import { types } from '../machine/node.ts'
import type { End } from './failure.ts'
import { endWhenSettled, isAwaited } from './promise-state.ts'
import { addByPrototype, findThen, type Method, replaceOwnThen } from './then-property.ts'

/**
 * Watches the value that a callback returned, which the host gets back as the same object. A handler on a promise would
 * hide a rejection or make one unhandled. So the promise, or a query builder that runs when its `then` is called, gets
 * another `then` for a while. When the host calls it, it passes the call on and ends the operation with the outcome.
 * After that the object is as before.
 */

/** The constructor of the promises that async functions return, even if the host has replaced the global one. */
const ofAsyncFunction = (async () => undefined)()
const NativePromise = ofAsyncFunction.constructor as PromiseConstructor
const nativeThen = Object.getOwnPropertyDescriptor(NativePromise.prototype, 'then')?.value as Method

/**
 * The constructor that an `await` finds on a watched native promise. Because it is not the native one, `await` calls
 * `then`. It is a subclass, so that code which uses a promise's constructor still works.
 */
const Awaited = { Promise: class extends NativePromise<unknown> {} }.Promise
void Object.defineProperty(Awaited, 'name', { value: 'Promise' })
void Object.defineProperty(Awaited, Symbol.species, { value: NativePromise })

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

/** Calls the native `then` with handlers that end the operation and pass the outcome on. */
const throughOurHandlers = (promise: object, end: End): unknown =>
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

/** The operations that each watched value ends: several operations may return the same promise. */
const watched = new WeakMap<object, End[]>()

/** Calls the `then` of any other value with the host's handlers, each of which first ends the operation. */
const callOtherThen = (value: object, then: Method, args: unknown[], end: End): unknown => {
  const outcomes = [(): void => end(undefined), (error: unknown): void => end({ error })]
  const result: unknown = Reflect.apply(
    then,
    value,
    args.map((handler, index) => {
      const endWith = outcomes[index]
      if (typeof handler !== 'function' || !endWith) return handler
      return function (this: unknown, ...given: unknown[]): unknown {
        endWith(given[0])
        return Reflect.apply(handler as Method, this, given)
      }
    }),
  )
  // The outcome that has no handler is passed to what `then` returns.
  if (typeof args[0] !== 'function' || typeof args[1] !== 'function') watch(result, end)
  return result
}

/** Ends an operation when the host learns the outcome of the value; at once if the value has no `then`. */
export const watch = (value: unknown, own: End): void => {
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
  const isNative =
    holder === NativePromise.prototype && Object.getPrototypeOf(value) === holder && types.isPromise(value)
  // `await` would read this constructor, and not the one that we add by a prototype.
  if (isNative && Object.hasOwn(value, 'constructor')) return end(undefined)
  const unawaited = { promise: value, end }
  const ourThen: Method = function (this: unknown, ...args) {
    if (this !== value) return Reflect.apply(then, this, args)
    isAwaited(unawaited)
    if (isNative) {
      passedOn ??= throughOurHandlers(value, (failure) => {
        restore?.()
        end(failure)
      })
      return Reflect.apply(then, passedOn, args)
    }
    restore?.()
    watched.delete(value)
    return callOtherThen(value, then, args, end)
  }
  const property = { configurable: true, writable: true, enumerable: false }
  const restore =
    holder === value
      ? replaceOwnThen(value, descriptor, ourThen)
      : addByPrototype(value, {
          then: { ...property, value: ourThen },
          ...(isNative && { constructor: { ...property, value: Awaited } }),
        })
  if (!restore) return end(undefined)
  watched.set(value, ends)
  if (types.isPromise(value)) endWhenSettled(unawaited)
}
