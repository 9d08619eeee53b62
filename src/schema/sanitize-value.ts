import type { Publicize } from './names.ts'
import type { Row } from './row.ts'
import { isPrivateName, type NameKind, type Shape, unknownVersion, type Value } from './shapes.ts'

/** Attributes of a span or a resource before they are sanitized. */
export type RawAttributes = Readonly<Record<string, unknown>>

const listAt = (list: unknown, index: number): unknown => (Array.isArray(list) ? (list as unknown[])[index] : undefined)

/** The provider of a resource: the span's own or, in a list of sums, the one that the resource's entry refers to. */
const providerOf = (attributes: RawAttributes, index?: number): string => {
  const own = attributes['cq.provider.name']
  if (index === undefined || own !== undefined) return typeof own === 'string' ? own : ''
  const provider = listAt(attributes['cq.resources.providers'], index)
  const name = listAt(attributes['cq.providers.names'], Number(provider ?? -1))
  return typeof name === 'string' ? name : ''
}

/** A resource is private if its provider is, so the provider's own name is checked first. */
const publicProvider = (name: string, publicize: Publicize): string => (name === '' ? '' : publicize('providers', name))

/**
 * A member that is not public is left out, since `private` in its place would only count such members. In `name=value`,
 * the name alone may be public.
 */
const publicSet = (shape: Shape, kind: NameKind, value: unknown, publicize: Publicize) => {
  if (!Array.isArray(value)) return undefined
  const texts = (value as unknown[]).filter((name) => typeof name === 'string')
  const isPublic = (name: string) => shape.accepts([name]) && publicize(kind, name) === name
  const kept = new Set(texts.flatMap((name) => [name, name.replace(/=.*/s, '')].find(isPublic) ?? []))
  return kept.size > 0 ? [...kept].sort().slice(0, shape.members) : undefined
}

const sanitizeName = (shape: Shape, kind: NameKind, value: unknown, raw: RawAttributes, publicize: Publicize) => {
  if (shape.set) return publicSet(shape, kind, value, publicize)
  const publicName = (name: unknown, index?: number) =>
    publicize(kind, name, kind === 'resources' ? publicProvider(providerOf(raw, index), publicize) : '')
  const rename = (member: unknown, index?: number) =>
    shape.rename ? shape.rename(member, publicName) : publicName(member, index)
  if (!shape.list) return rename(value) as Value
  const list = Array.isArray(value) ? (value as unknown[]).map(rename) : undefined
  return list && shape.accepts(list) ? (list as string[]) : undefined
}

/** For attributes with versions: the attribute that has the providers' names. */
const providersOf: Readonly<Record<string, string>> = {
  'cq.provider.version': 'cq.provider.name',
  'cq.providers.versions': 'cq.providers.names',
}

/** Replaces the versions of private providers by `unknown`, since a version can identify a company's own build. */
const hidePrivateVersions = (value: Value, names: unknown, publicize: Publicize): Value => {
  const isPrivate = (name: unknown) => isPrivateName(publicize('providers', name))
  if (!Array.isArray(value)) return isPrivate(names) ? unknownVersion : value
  return (value as string[]).map((version, index) => (isPrivate(listAt(names, index)) ? unknownVersion : version))
}

/** The value to send, with private names replaced; undefined if the row does not accept it. */
export const sanitizeValue = (
  row: Row,
  value: unknown,
  raw: RawAttributes,
  publicize: Publicize,
): Value | undefined => {
  if (row.shape.name) return sanitizeName(row.shape, row.shape.name, value, raw, publicize)
  if (!row.shape.accepts(value)) return undefined
  const providers = providersOf[row.key]
  if (providers !== undefined) return hidePrivateVersions(value as Value, raw[providers], publicize)
  return (Array.isArray(value) ? [...value] : value) as Value
}
