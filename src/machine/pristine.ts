/**
 * A host, or a package of it, may add properties to `Object.prototype`. `get` breaks each property descriptor, `toJSON`
 * changes what is written, and any other looks like an option that was given. Our own code runs without them.
 */

const standard = new Set<PropertyKey>(
  [
    'constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf __proto__',
    '__defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__',
  ].flatMap((line) => line.split(' ')),
)

const { defineProperty, deleteProperty, getOwnPropertyDescriptor, ownKeys } = Reflect

interface Addition {
  readonly from: object
  readonly key: PropertyKey
  readonly descriptor: PropertyDescriptor
}

/** Removes the additions that can be removed, and returns them. */
const remove = (from: object, keys: readonly PropertyKey[]): Addition[] =>
  keys.flatMap((key) => {
    const descriptor = getOwnPropertyDescriptor(from, key)
    return descriptor && deleteProperty(from, key) ? [{ from, key, descriptor }] : []
  })

/** The names of a property descriptor's own properties, and the method that `JSON.stringify` calls. */
const harmful = ['get', 'set', 'value', 'writable', 'enumerable', 'configurable', 'toJSON']

/**
 * Whether something was added. Listing the keys of `Object.prototype` takes 4 µs, so this check comes first: a property
 * that was added by assignment is enumerable.
 */
const isPolluted = (): boolean => {
  for (const _ in {}) return true
  return harmful.some((key) => key in [])
}

const additions = (): Addition[] =>
  isPolluted()
    ? [
        ...remove(
          Object.prototype,
          ownKeys(Object.prototype).filter((key) => !standard.has(key)),
        ),
        ...remove(Array.prototype, ['toJSON']),
      ]
    : []

/**
 * Runs synchronous work while nothing is added to the prototypes of all objects and arrays. Restores the additions
 * afterwards.
 */
export const pristine = <T>(work: () => T): T => {
  const added = additions()
  if (added.length === 0) return work()
  try {
    return work()
  } finally {
    for (const { from, key, descriptor } of added) {
      // Otherwise the descriptor would inherit the properties that were restored before.
      Object.setPrototypeOf(descriptor, null)
      defineProperty(from, key, descriptor)
    }
  }
}
