import { randomBytes } from 'node:crypto'

/** Who is to get a file's events; a file that one of them has got is kept for the other alone. */
export const destinationNames = ['rudder', 'otlp'] as const
export type DestinationName = (typeof destinationNames)[number]

/**
 * The state of a spool file is in its name, so that a rename changes it at once and whole.
 *   open    a run is still appending
 *   held    recorded before the notice was shown: never sent
 *   jsonl   ready, and readable by any collector
 *   claim   a drain has it; the process id of the drain follows
 */
export type State = 'open' | 'held' | 'jsonl' | `claim-${number}`

export interface SpoolName {
  /** The generation of the consent under which it was recorded. */
  readonly generation: string
  /** Process, time and chance: no two files have the same. */
  readonly id: string
  /** The process that recorded it. */
  readonly pid: number
  readonly destinations: readonly DestinationName[]
  readonly state: State
}

export const newName = (generation: string, destinations: readonly DestinationName[], state: State): SpoolName => {
  const id = `${Date.now().toString(36)}${randomBytes(5).toString('hex')}`
  return { generation, id, pid: process.pid, destinations, state }
}

export const formatName = ({ generation, id, pid, destinations, state }: SpoolName): string =>
  `${generation}.${id}.${pid}.${destinations.join('+')}.${state}`

const grammar =
  /^([0-9a-f]{16})\.([0-9a-z]{1,32})\.(\d{1,10})\.([a-z]+(?:\+[a-z]+)*)\.(open|held|jsonl|claim-\d{1,10})$/

const isDestination = (name: string): name is DestinationName => destinationNames.some((known) => known === name)

/** Undefined for a file that is not one of ours; such files are left alone. */
export const parseName = (name: string): SpoolName | undefined => {
  const [, generation, id, pid, destinations, state] = grammar.exec(name) ?? []
  if (!generation || !id || !pid || !destinations || !state) return undefined
  const list = destinations.split('+')
  if (!list.every(isDestination)) return undefined
  return { generation, id, pid: Number(pid), destinations: list, state: state as State }
}
