import { randomHex } from '../machine/ids.ts'
import { formatOwner, type Owner, ownerPattern, parseOwner, thisProcess } from './owner.ts'

/** Who is to get a file's events; a file that one of them has got is kept for the other alone. */
export const destinationNames = ['rudder', 'otlp'] as const
export type DestinationName = (typeof destinationNames)[number]

/**
 * The state of a spool file is in its name, so that a rename changes it at once and whole.
 *   open    a run is still appending
 *   held    recorded before the notice was shown: never sent
 *   jsonl   ready, and readable by any collector
 *   claim   a drain has it; the process of the drain follows
 *   mark    an operation is at work; what is to be said of it if its process dies. The span's id follows
 */
export type State = 'open' | 'held' | 'jsonl' | `claim-${string}` | `mark-${string}`

export interface SpoolName {
  /** The generation of the consent under which it was recorded. */
  readonly generation: string
  /** Time and chance: no two runs have the same. A run's marks have the id of its file. */
  readonly id: string
  /** The process that recorded it. */
  readonly owner: Owner
  readonly destinations: readonly DestinationName[]
  readonly state: State
}

const timeDigits = 9

export const newName = (
  generation: string,
  destinations: readonly DestinationName[],
  state: State,
  now = Date.now(),
): SpoolName => {
  const id = `${now.toString(36).padStart(timeDigits, '0')}${randomHex(10)}`
  return { generation, id, owner: thisProcess(), destinations, state }
}

/** When the file was begun, in milliseconds of Unix time. */
export const timeOf = ({ id }: SpoolName): number => Number.parseInt(id.slice(0, timeDigits), 36)

export const formatName = ({ generation, id, owner, destinations, state }: SpoolName): string =>
  `${generation}.${id}.${formatOwner(owner)}.${destinations.join('+')}.${state}`

/** The drain that has a file, if one has. */
export const claimantOf = ({ state }: SpoolName): Owner | undefined =>
  state.startsWith('claim-') ? parseOwner(state.slice('claim-'.length)) : undefined

/** The span that a mark stands for, if it is one. */
export const markedSpan = ({ state }: SpoolName): string | undefined =>
  state.startsWith('mark-') ? state.slice('mark-'.length) : undefined

const grammar = new RegExp(
  `^([0-9a-f]{16})\\.([0-9a-z]{19})\\.(${ownerPattern})\\.([a-z]+(?:\\+[a-z]+)*)\\.` +
    `(open|held|jsonl|claim-${ownerPattern}|mark-[0-9a-f]{16})$`,
)

const isDestination = (name: string): name is DestinationName => destinationNames.some((known) => known === name)

/** Undefined for a file that is not one of ours; such files are left alone. */
export const parseName = (name: string): SpoolName | undefined => {
  const [, generation, id, owner, destinations, state] = grammar.exec(name) ?? []
  if (!generation || !id || !owner || !destinations || !state) return undefined
  const list = destinations.split('+')
  if (!list.every(isDestination)) return undefined
  return { generation, id, owner: parseOwner(owner), destinations: list, state: state as State }
}
