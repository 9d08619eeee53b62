/* oxlint-disable unicorn/no-thenable -- The objects with a `then` are the host's. */
import { types } from '../machine/node.ts'

/** Finds the `then` of an object of the host, and replaces it for a while. No code of the host runs meanwhile. */

export type Method = (this: unknown, ...args: unknown[]) => unknown

/** A `then`, and the object that it is a property of: the value itself, or one that it inherits from. */
export interface FoundThen {
  readonly holder: object
  readonly descriptor: PropertyDescriptor
  readonly then: Method
}

/** The `then` of a value. Undefined for a getter and behind a proxy, which would run code of the host. */
export const findThen = (value: object): FoundThen | undefined => {
  for (let holder: object | null = value; holder !== null; holder = Object.getPrototypeOf(holder) as object | null) {
    if (types.isProxy(holder)) return undefined
    const descriptor = Object.getOwnPropertyDescriptor(holder, 'then')
    if (!descriptor) continue
    const then: unknown = descriptor.value
    return typeof then === 'function' ? { holder, descriptor, then: then as Method } : undefined
  }
  return undefined
}

/**
 * Adds properties to an object by a prototype of its own, so that its own keys stay the same. Returns a function that
 * removes them, or undefined if the prototype cannot be changed.
 */
export const addByPrototype = (value: object, properties: PropertyDescriptorMap): (() => void) | undefined => {
  const inherited = Object.getPrototypeOf(value) as object
  const added = Object.create(inherited, properties) as object
  if (!Reflect.setPrototypeOf(value, added)) return undefined
  return () => {
    if (Object.getPrototypeOf(value) === added) Reflect.setPrototypeOf(value, inherited)
  }
}

/** Replaces the object's own `then`. Returns a function that restores it, or undefined if it cannot be replaced. */
export const replaceOwnThen = (
  value: object,
  descriptor: PropertyDescriptor,
  then: Method,
): (() => void) | undefined => {
  for (const key of ['name', 'length'])
    Object.defineProperty(then, key, { ...Object.getOwnPropertyDescriptor(descriptor.value, key) })
  if (!Reflect.defineProperty(value, 'then', { ...descriptor, value: then })) return undefined
  return () => {
    if (Object.getOwnPropertyDescriptor(value, 'then')?.value === then)
      Reflect.defineProperty(value, 'then', descriptor)
  }
}
