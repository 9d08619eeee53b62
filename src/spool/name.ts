import { randomHex } from '../machine/ids.ts'
import { formatOwner, type Owner, ownerPattern, parseOwner, thisProcess } from './owner.ts'

/**
 * The destinations of a spool file. A destination that has received the file is removed from the file's name.
 * `redirect` has a name of its own, so that what was recorded for an organisation's collector waits for it and never
 * goes to the publisher's.
 */
export const destinationNames = ['rudder', 'otlp', 'redirect'] as const
export type DestinationName = (typeof destinationNames)[number]

/**
 * The state of a spool file. It is a part of the file's name, so that a rename changes it atomically.
 *
 *   open            a run is still appending
 *   held            recorded before the notice was shown; never sent
 *   jsonl           ready to be sent, and readable by any collector
 *   claim-<owner>   a drain, in the process `owner`, is sending it
 *   marks           the spans to send if the run's process is killed before its open operations end (`marks.ts`)
 */
export type State = 'open' | 'held' | 'jsonl' | 'marks' | `claim-${string}`

export interface SpoolName {
  /** Generation of the consent at the time of recording; it changes with each choice of the user. */
  readonly generation: string
  /** The time of the file in base 36, then random digits that all files of a run share. The id is unique. */
  readonly id: string
  /** The recording process. */
  readonly owner: Owner
  /**
   * Size of the file, so that a run can keep the limits of the spool without a system call for each file. Absent until
   * the file is complete.
   */
  readonly kilobytes?: number
  readonly destinations: readonly DestinationName[]
  readonly state: State
}

const timeDigits = 9

const idAt = (time: number, run: string): string => `${Math.floor(time).toString(36).padStart(timeDigits, '0')}${run}`

/** The name for a new file of this process. */
export const newName = (
  generation: string,
  destinations: readonly DestinationName[],
  state: State,
  now = Date.now(),
): SpoolName => ({ generation, id: idAt(now, randomHex(10)), owner: thisProcess(), destinations, state })

/** Unix time in milliseconds at which the file was created. */
export const timeOf = ({ id }: SpoolName): number => Number.parseInt(id.slice(0, timeDigits), 36)

/** The digits that the run's files share. */
export const runOf = ({ id }: SpoolName): string => id.slice(timeDigits)

/**
 * The name of the run's next file. Its time is always later, even if the clock was set back, so that files sort in the
 * order of writing.
 */
export const nextPart = (name: SpoolName, now = Date.now()): SpoolName => ({
  ...name,
  id: idAt(Math.max(now, timeOf(name) + 1), runOf(name)),
})

/** The name of the run's marks. It can be derived from the name of any of its files. */
export const marksOf = ({ generation, id, owner, destinations }: SpoolName): SpoolName => ({
  generation,
  id: id.slice(timeDigits).padStart(id.length, '0'),
  owner,
  destinations,
  state: 'marks',
})

/** The name of the first file that reports a killed run's marks. No other file of the run has its id. */
export const reportName = (marks: SpoolName, time: number): SpoolName => ({
  ...marks,
  id: idAt(time, `z${runOf(marks).slice(1)}`),
  state: 'jsonl',
})

/**
 * Ends the name of a file that is renamed once it is complete. Before it comes a name that contains the writing
 * process.
 */
export const temporary = '.tmp'

export const kilobytesOf = (bytes: number): number => Math.ceil(bytes / 1_000)

export const formatName = ({ generation, id, owner, kilobytes, destinations, state }: SpoolName): string => {
  const size = kilobytes === undefined ? '' : `.${kilobytes}k`
  return `${generation}.${id}.${formatOwner(owner)}${size}.${destinations.join('+')}.${state}`
}

/** The process of the drain that has claimed the file; undefined if none has. */
export const claimantOf = ({ state }: SpoolName): Owner | undefined =>
  state.startsWith('claim-') ? parseOwner(state.slice('claim-'.length)) : undefined

export const fileName = new RegExp(
  `^([0-9a-f]{16})\\.([0-9a-z]{19})\\.(${ownerPattern})(?:\\.(\\d{1,7})k)?\\.([a-z]+(?:\\+[a-z]+)*)\\.` +
    `(open|held|jsonl|marks|claim-${ownerPattern})$`,
)

const isDestination = (name: string): name is DestinationName => destinationNames.some((each) => each === name)

/** Parses the name of a spool file. Returns undefined for any other name: this package never touches such a file. */
export const parseName = (name: string): SpoolName | undefined => {
  const [, generation, id, owner, size, destinations, state] = fileName.exec(name) ?? []
  if (!generation || !id || !owner || !destinations || !state) return undefined
  const list = destinations.split('+')
  if (!list.every(isDestination)) return undefined
  const kilobytes = size === undefined ? {} : { kilobytes: Number(size) }
  return { generation, id, owner: parseOwner(owner), ...kilobytes, destinations: list, state: state as State }
}
