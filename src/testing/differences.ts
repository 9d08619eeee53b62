import type { Part, Sink, Sinks } from './sinks.ts'

/** Fields of each sink that may differ between two runs, each by its name or by the end of its path. */
export type Vary = Partial<Readonly<Record<Sink, readonly string[]>>>

export interface Difference {
  readonly sink: Sink
  /** Path of the field, e.g. `0.body.resourceSpans.0.resource.attributes.cq.hash.host`. */
  readonly field: string
  /** Undefined if the run has no such field. */
  readonly a: string | undefined
  readonly b: string | undefined
}

type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether an object is an attribute of OTLP JSON, whose key becomes the name of its field. */
const isAttribute = (value: unknown): value is { readonly key: string; readonly value: unknown } =>
  isObject(value) && typeof value['key'] === 'string' && Object.keys(value).join() === 'key,value'

const leaves = (field: string, value: unknown): Part[] => {
  if (Array.isArray(value) && value.length > 0)
    return value.flatMap((member, index) =>
      isAttribute(member)
        ? [{ field: `${field}.${member.key}`, text: JSON.stringify(member.value) }]
        : leaves(`${field}.${index}`, member),
    )
  if (isObject(value) && Object.keys(value).length > 0)
    return Object.entries(value).flatMap(([key, member]) => leaves(`${field}.${key}`, member))
  return [{ field, text: JSON.stringify(value) }]
}

/**
 * The fields of a text that is JSON as `JSON.stringify` writes it, so that equal fields have equal bytes. Otherwise the
 * text itself.
 */
const fieldsOf = (part: Part): Part[] => {
  try {
    const value: unknown = JSON.parse(part.text)
    return typeof value === 'object' && JSON.stringify(value) === part.text ? leaves(part.field, value) : [part]
  } catch {
    return [part]
  }
}

const isDeclared = (field: string, declared: readonly string[]): boolean =>
  declared.some((each) => field === each || field.endsWith(`.${each}`))

const differs = (a: Part | undefined, b: Part | undefined, declared: readonly string[]): boolean => {
  if (a?.field !== b?.field) return true
  return a?.text !== b?.text && !isDeclared(a?.field ?? '', declared)
}

type Pair = readonly [Part | undefined, Part | undefined]
const pairs = (a: readonly Part[], b: readonly Part[]): Pair[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, index) => [a[index], b[index]])

/** The first pair of fields that differs and is not declared, in a pair of parts with different texts. */
const inside = ([a, b]: Pair, declared: readonly string[]): Pair | undefined => {
  if (!a || !b || a.field !== b.field) return [a, b]
  const found = pairs(fieldsOf(a), fieldsOf(b)).find(([x, y]) => differs(x, y, declared))
  // Different texts have the same fields only if a key contains a dot.
  const hidden = pairs(fieldsOf(a), fieldsOf(b)).every(([x, y]) => x?.text === y?.text)
  return found ?? (hidden ? [a, b] : undefined)
}

const firstIn = (a: readonly Part[], b: readonly Part[], declared: readonly string[]): Pair | undefined => {
  for (const pair of pairs(a, b)) {
    const [x, y] = pair
    if (!differs(x, y, declared)) continue
    const found = inside(pair, declared)
    if (found) return found
  }
  return undefined
}

/** The first difference between two runs, in the order of the sinks; undefined if there is none. */
export const firstDifference = (a: Sinks, b: Sinks, vary: Vary): Difference | undefined => {
  for (const sink of Object.keys(a) as Sink[]) {
    const found = firstIn(a[sink], b[sink], vary[sink] ?? [])
    if (!found) continue
    const [x, y] = found
    // If the fields themselves differ, each run has a field that the other lacks.
    if (x && y && x.field !== y.field) return { sink, field: x.field, a: x.text, b: `(${y.field}) ${y.text}` }
    return { sink, field: x?.field ?? y?.field ?? '', a: x?.text, b: y?.text }
  }
  return undefined
}
