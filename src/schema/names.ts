import { isPrivateName, nameOf, type NameKind, otherName, privateName } from './shapes.ts'

type Declared = readonly string[] | ((name: string) => boolean)

/** Which names are public: a list, or a predicate. Anything else leaves as `private`. */
export interface PublicNames {
  /** Public names of operations. */
  readonly operations?: Declared | undefined
  /** Public names of providers. */
  readonly providers?: Declared | undefined
  /** Public names of resources. A predicate gets the provider's name first. */
  readonly resources?: readonly string[] | ((provider: string, name: string) => boolean) | undefined
  /** Public names of policies. */
  readonly policies?: Declared | undefined
  /** Packages whose files a crash report may name, with line and column, e.g. your own. */
  readonly packages?: Declared | undefined
}

/** The public names, where a list that holds a `string` does not compile: it may hold user input. */
export type LiteralNames<Names> = {
  readonly [Kind in keyof Names]: Names[Kind] extends readonly string[]
    ? string extends Names[Kind][number]
      ? readonly never[]
      : Names[Kind]
    : Names[Kind]
}

/** The type of a name: the members of a literal list, else any string. */
export type NameOf<Names> = Names extends readonly (infer Name extends string)[] ? Name : string

/**
 * Turns a name of the host's into what may leave: itself if it is public and has the shape of a name, else `private` or
 * a pseudonym. A resource of a provider that is not public is not public either.
 */
export type Publicize = (kind: NameKind, name: unknown, provider?: string) => string

const shapes = {
  operations: nameOf('operations'),
  providers: nameOf('providers'),
  resources: nameOf('resources'),
  policies: nameOf('policies'),
  packages: nameOf('packages'),
}

/** A predicate of the host's that throws has not said that the name is public. */
const declared = (names: PublicNames, kind: NameKind, name: string, provider: string): boolean => {
  const list = names[kind]
  if (typeof list !== 'function') return list?.includes(name) ?? false
  try {
    return (kind === 'resources' ? list(provider, name) : (list as (name: string) => boolean)(name)) === true
  } catch {
    return false
  }
}

/** What leaves in the place of a name that is not public; a pseudonym itself stays what it is. */
export type Pseudonym = (kind: NameKind, name: string, provider: string) => string

const noPseudonym: Pseudonym = () => privateName

export const publicize =
  (names: PublicNames, pseudonym = noPseudonym): Publicize =>
  (kind, name, provider = '') => {
    if (typeof name !== 'string' || name === '' || name === privateName) return privateName
    const hidden = isPrivateName(provider)
    if (name === otherName) return hidden ? privateName : name
    const known = !hidden && shapes[kind].accepts(name) && declared(names, kind, name, provider)
    return known ? name : pseudonym(kind, name, provider)
  }

/** For what has been through `publicize` already, on its way back from disk: the shape is checked again, no more. */
export const alreadyPublic: Publicize = (kind, name) =>
  typeof name === 'string' && shapes[kind].accepts(name) ? name : privateName
