import { nameOf, type NameKind, otherName, privateName } from './shapes.ts'

type Declared = readonly string[] | ((name: string) => boolean)

/** Which names are public: a list, or a predicate. Anything else leaves as `private`. */
export interface PublicNames {
  readonly operations?: Declared
  readonly providers?: Declared
  /** The predicate gets the provider's name first. */
  readonly resources?: readonly string[] | ((provider: string, name: string) => boolean)
  readonly policies?: Declared
  /** Packages of whose published files a crash report may name the path, line and column: the host's own, for instance. */
  readonly packages?: Declared
}

/** The type of a name: the members of a literal list, else any string. */
export type NameOf<Names> = Names extends readonly (infer Name extends string)[] ? Name : string

/**
 * Turns a name of the host's into what may leave: itself if it is public and has the shape of a name, else `private`.
 * A resource of a provider that is not public is not public either.
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

export const publicize =
  (names: PublicNames): Publicize =>
  (kind, name, provider = '') => {
    if (typeof name !== 'string' || provider === privateName || !shapes[kind].accepts(name)) return privateName
    return name === otherName || declared(names, kind, name, provider) ? name : privateName
  }

/** For what has been through `publicize` already, on its way back from disk: the shape is checked again, no more. */
export const alreadyPublic: Publicize = (kind, name) =>
  typeof name === 'string' && shapes[kind].accepts(name) ? name : privateName
