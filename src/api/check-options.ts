/** Returns what a wrong value must be instead, e.g. `true or false`, and undefined for a right one. */
export type Check = (value: unknown) => string | undefined

/** One option: the check of its value, or the rows of an object. */
export interface Row {
  readonly check: Check | Rows
  /** Optional unless this is true; an optional value may be undefined. */
  readonly required?: boolean
}

/** The options of something, by their names. */
export interface Rows {
  readonly [name: string]: Row
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const expectedOf = (value: unknown, check: Check | Rows): string | undefined => {
  if (typeof check === 'function') return check(value)
  return isObject(value) ? undefined : 'an object'
}

const problemsOf = (options: Readonly<Record<string, unknown>>, rows: Rows, parent: string): string[] => [
  ...Object.keys(options)
    .filter((name) => !Object.hasOwn(rows, name))
    .map((name) => `option "${parent}${name}" is not known; known are ${Object.keys(rows).join(', ')}`),
  ...Object.entries(rows).flatMap(([name, { check, required }]) => {
    const value = options[name]
    if (value === undefined && !required) return []
    const expected = expectedOf(value, check)
    if (expected !== undefined) return [`option "${parent}${name}" must be ${expected}`]
    return isObject(value) && typeof check === 'object' ? problemsOf(value, check, `${parent}${name}.`) : []
  }),
]

/**
 * Throws one TypeError that names every wrong or unknown option by its path, e.g. `otlp.endpoint`, and says what it must
 * be. It never holds a value, since that may be a key. `who` is the function or class that has the options.
 */
export const checkOptions = (who: string, rows: Rows, options: unknown): void => {
  if (!isObject(options)) throw new TypeError(`${who}: the options must be an object`)
  const problems = problemsOf(options, rows, '')
  if (problems.length > 0) throw new TypeError(`${who}: ${problems.join('; ')}`)
}
