import { isPrivateName, nameOf, type NameKind, optionName, otherName, privateName } from './shapes.ts'

type Declared = readonly string[] | ((name: string) => boolean)

/** The names that may be sent: a list or a predicate for each kind. Any other name is sent as `private`. */
export interface PublicNames {
  /** Public names of operations. */
  readonly operations?: Declared | undefined
  /** Public names of providers. */
  readonly providers?: Declared | undefined
  /**
   * Public names of resources. A predicate gets the provider's name first. A resource of a private provider is private.
   */
  readonly resources?: readonly string[] | ((provider: string, name: string) => boolean) | undefined
  /** Public names of policies. */
  readonly policies?: Declared | undefined
  /** Packages whose files a crash report may name, with line and column, e.g. your own. */
  readonly packages?: Declared | undefined
  /**
   * Options of the command line whose use may be recorded, e.g. `['dry-run', 'output', 'output=json']`. The adapters of
   * frameworks add those that the program declares.
   */
  readonly options?: Declared | undefined
}

/**
 * `PublicNames` whose lists hold only literals. A list of `string` does not compile, because it may hold user input.
 */
export type LiteralNames<Names> = {
  readonly [Kind in keyof Names]: Names[Kind] extends readonly string[]
    ? string extends Names[Kind][number]
      ? readonly never[]
      : Names[Kind]
    : Names[Kind]
}

/** The type of a name: a member of the list, or any string if there is a predicate. */
export type NameOf<Names> = Names extends readonly (infer Name extends string)[] ? Name : string

/**
 * Returns the name to send: the name itself if the host declared it public and it has the shape of a name; otherwise
 * `private` or a pseudonym. A resource is private if its provider is.
 */
export type Publicize = (kind: NameKind, name: unknown, provider?: string) => string

const shapes = {
  operations: nameOf('operations'),
  providers: nameOf('providers'),
  resources: nameOf('resources'),
  policies: nameOf('policies'),
  packages: nameOf('packages'),
  options: optionName(),
}

/** Whether the host declared the name public. Not if its predicate throws. */
const isDeclared = (names: PublicNames, kind: NameKind, name: string, provider: string): boolean => {
  const list = names[kind]
  if (typeof list !== 'function') return list?.includes(name) ?? false
  try {
    return (kind === 'resources' ? list(provider, name) : (list as (name: string) => boolean)(name)) === true
  } catch {
    return false
  }
}

/** Returns what is sent instead of a private name. A name that already is a pseudonym is returned unchanged. */
export type Pseudonym = (kind: NameKind, name: string, provider: string) => string

const noPseudonym: Pseudonym = () => privateName

/** Makes the function that hides private names from the host's declarations. */
export const publicize =
  (names: PublicNames, pseudonym = noPseudonym): Publicize =>
  (kind, name, provider = '') => {
    if (typeof name !== 'string' || name === '' || name === privateName) return privateName
    const providerIsPrivate = isPrivateName(provider)
    if (name === otherName) return providerIsPrivate ? privateName : name
    const isPublic = !providerIsPrivate && shapes[kind].accepts(name) && isDeclared(names, kind, name, provider)
    return isPublic ? name : pseudonym(kind, name, provider)
  }

/** For names that are read from disk, which `publicize` checked when they were recorded. Only the shape is checked. */
export const alreadyPublic: Publicize = (kind, name) =>
  typeof name === 'string' && shapes[kind].accepts(name) ? name : privateName
