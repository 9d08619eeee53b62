/** Returns what a wrong value must be instead, e.g. `true or false`. Returns undefined for a right value. */
export type Check = (value: unknown) => string | undefined

/** What an author reads about an option; the texts are Markdown. */
export interface Docs {
  /** The TypeScript type of the value. An object without it has the type that follows from its rows. */
  readonly type?: string
  readonly default?: string
  readonly doc: string
}

/** One option: the check of its value, or the rows of an object. */
export interface Row {
  readonly check: Check | Rows
  readonly required: boolean
  readonly docs: Docs | false
}

/** The options of a function or class, by their names. */
export interface Rows {
  readonly [name: string]: Row
}

export const required = (check: Row['check'], docs: Row['docs'] = false): Row => ({ check, required: true, docs })
/** The value may also be undefined. */
export const optional = (check: Row['check'], docs: Row['docs'] = false): Row => ({ check, required: false, docs })

/** Not a list, a Map, a Promise or a boxed number: their entries are no options. A module's exports may be. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  ['[object Object]', '[object Module]'].includes(Object.prototype.toString.call(value))

const expectedOf = (value: unknown, check: Check | Rows): string | undefined => {
  if (typeof check === 'function') return check(value)
  return isObject(value) ? undefined : 'an object'
}

/** An option of a host may be a getter, or have one in it, and throw. */
const readably = (path: string, problems: () => string[]): string[] => {
  try {
    return problems()
  } catch {
    return [`option "${path}" cannot be read`]
  }
}

const problemsOf = (options: Readonly<Record<string, unknown>>, rows: Rows, parent: string): string[] => [
  ...Object.keys(options)
    .filter((name) => !Object.hasOwn(rows, name))
    .map((name) => `option "${parent}${name}" is not known; known are ${Object.keys(rows).join(', ')}`),
  ...Object.entries(rows).flatMap(([name, { check, required }]) =>
    readably(`${parent}${name}`, () => {
      const value = options[name]
      if (value === undefined && !required) return []
      const expected = expectedOf(value, check)
      if (expected !== undefined) return [`option "${parent}${name}" must be ${expected}`]
      return isObject(value) && typeof check === 'object' ? problemsOf(value, check, `${parent}${name}.`) : []
    }),
  ),
]

/**
 * Throws one TypeError that names every wrong or unknown option by its path, e.g. `otlp.endpoint`, and says what it
 * must be. It never contains a value, since the value may be a key. `who` is the function or class that has the
 * options.
 */
export const checkOptions = (who: string, rows: Rows, options: unknown): void => {
  if (!isObject(options)) throw new TypeError(`${who}: the options must be an object`)
  const problems = problemsOf(options, rows, '')
  if (problems.length > 0) throw new TypeError(`${who}: ${problems.join('; ')}`)
}
