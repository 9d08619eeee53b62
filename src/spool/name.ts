import { randomHex } from '../machine/ids.ts'
import { formatOwner, type Owner, ownerPattern, parseOwner, thisProcess } from './owner.ts'

/** The destinations of a spool file. A destination that has received the file is removed from the file's name. */
export const destinationNames = ['rudder', 'otlp'] as const
export type DestinationName = (typeof destinationNames)[number]

/**
 * The state of a spool file. It is a part of the file's name, so that a rename changes it atomically.
 *
 *   open            a run is still appending
 *   held            recorded before the notice was shown; never sent
 *   jsonl           ready to be sent, and readable by any collector
 *   claim-<owner>   a drain, in the process `owner`, is sending it
 *   mark-<span id>  an operation is running; holds the spans to send if its process is killed
 */
export type State = 'open' | 'held' | 'jsonl' | `claim-${string}` | `mark-${string}`

export interface SpoolName {
  /** Generation of the consent at the time of recording; it changes with each choice of the user. */
  readonly generation: string
  /** Unique id of the run: the time in base 36, then random hex digits. The run's marks have the same id. */
  readonly id: string
  /** The recording process. */
  readonly owner: Owner
  readonly destinations: readonly DestinationName[]
  readonly state: State
}

const timeDigits = 9

/** The name for a new file of this process. */
export const newName = (
  generation: string,
  destinations: readonly DestinationName[],
  state: State,
  now = Date.now(),
): SpoolName => {
  const id = `${now.toString(36).padStart(timeDigits, '0')}${randomHex(10)}`
  return { generation, id, owner: thisProcess(), destinations, state }
}

/** Unix time in milliseconds at which the file was created. */
export const timeOf = ({ id }: SpoolName): number => Number.parseInt(id.slice(0, timeDigits), 36)

export const formatName = ({ generation, id, owner, destinations, state }: SpoolName): string =>
  `${generation}.${id}.${formatOwner(owner)}.${destinations.join('+')}.${state}`

/** The process of the drain that has claimed the file; undefined if none has. */
export const claimantOf = ({ state }: SpoolName): Owner | undefined =>
  state.startsWith('claim-') ? parseOwner(state.slice('claim-'.length)) : undefined

/** The id of the operation's span if the file is a mark. */
export const markedSpan = ({ state }: SpoolName): string | undefined =>
  state.startsWith('mark-') ? state.slice('mark-'.length) : undefined

export const fileName = new RegExp(
  `^([0-9a-f]{16})\\.([0-9a-z]{19})\\.(${ownerPattern})\\.([a-z]+(?:\\+[a-z]+)*)\\.` +
    `(open|held|jsonl|claim-${ownerPattern}|mark-[0-9a-f]{16})$`,
)

const isDestination = (name: string): name is DestinationName => destinationNames.some((each) => each === name)

/** Parses the name of a spool file. Returns undefined for any other file, which this package never touches. */
export const parseName = (name: string): SpoolName | undefined => {
  const [, generation, id, owner, destinations, state] = fileName.exec(name) ?? []
  if (!generation || !id || !owner || !destinations || !state) return undefined
  const list = destinations.split('+')
  if (!list.every(isDestination)) return undefined
  return { generation, id, owner: parseOwner(owner), destinations: list, state: state as State }
}
