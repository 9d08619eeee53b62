import { removeFile } from '../machine/write-file.ts'
import type { Layout } from '../machine/layout.ts'
import { fs, join } from '../machine/node.ts'
import { isWaiting } from './abandoned.ts'
import { DeliveryState } from './delivery-state.ts'
import { defaultLimits, type Limits, overflowing } from './limits.ts'
import { addLost } from './lost.ts'
import { readText } from './lines.ts'
import { formatName, marksOf, parseName, runOf, type SpoolName } from './name.ts'

const { lstatSync, readdirSync } = fs

/**
 * A command keeps the limits of the spool itself, since often no child runs: without a terminal, with `delivery:
 * 'manual'`, or while a destination is paused. It lists the spool once and removes a few files at most. If an older
 * version has left thousands, several runs remove them.
 */

/**
 * The most held runs. They are kept for the user to look at until the notice is shown, and are never sent, so more of
 * them are of no use.
 */
export const maxHeldFiles = 10

/** The most that one run removes. */
const maxRemovals = 20
const maxRemovedBytes = 2_500_000

export interface RoomOptions {
  readonly files: Pick<Layout, 'spool' | 'deliveryState' | 'lost'>
  /** The run's own file. */
  readonly own: SpoolName
  /** Whether a child sends what this run has written. */
  readonly sends: boolean
  readonly limits?: Limits
}

const byAge = (one: SpoolName, other: SpoolName): number => (one.id < other.id ? -1 : 1)

const sizeOf = (spool: string, name: SpoolName): number =>
  name.kilobytes === undefined
    ? (lstatSync(join(spool, formatName(name)), { throwIfNoEntry: false })?.size ?? 0)
    : name.kilobytes * 1_000

/**
 * Whether a destination accepts what the file holds. Before the first answer of a destination, this is assumed for the
 * own run only.
 */
const movingRule = ({ files, own, sends }: RoomOptions): ((name: SpoolName) => boolean) => {
  if (!sends) return () => false
  const states = new DeliveryState(files.deliveryState).all()
  return (name) =>
    name.destinations.some((destination) => {
      const state = states[destination]
      return state === undefined ? runOf(name) === runOf(own) : state.failures === 0
    })
}

const eventPattern = /"cq\.span\.type","value":\{"stringValue":"(?:run|operation)"/g
const eventsIn = (path: string): number => readText(path).match(eventPattern)?.length ?? 0

/** Removes a file and counts its events as lost. The report of an earlier loss stays, and a child adds it up. */
const drop = ({ spool, lost }: RoomOptions['files'], name: SpoolName): void => {
  const path = join(spool, formatName(name))
  if (readText(path).includes('"cq.span.type","value":{"stringValue":"delivery"')) return
  const marks = join(spool, formatName(marksOf(name)))
  const hasMarks = name.state === 'open' && lstatSync(marks, { throwIfNoEntry: false }) !== undefined
  // Marks stay until the file is finished, so the marks of a killed run also contain operations that have ended.
  const events = hasMarks ? Math.max(eventsIn(path), eventsIn(marks)) : eventsIn(path)
  fs.unlinkSync(path)
  if (hasMarks) removeFile(marks)
  if (events > 0) addLost(lost, name.generation, name.destinations, events)
}

const dropSome = (files: RoomOptions['files'], names: readonly SpoolName[]): void => {
  const { spool } = files
  let bytes = 0
  for (const name of names.slice(0, maxRemovals)) {
    if (bytes > maxRemovedBytes) return
    bytes += sizeOf(spool, name)
    try {
      if (name.state === 'held') removeFile(join(spool, formatName(name)))
      else drop(files, name)
    } catch {
      // Another process has claimed or removed the file meanwhile, or it cannot be removed.
    }
  }
}

/**
 * Removes the oldest files that exceed the limits. Returns the files of other runs that wait to be sent. Never throws.
 */
export const keepBounds = (options: RoomOptions): readonly SpoolName[] => {
  const { files, own, limits = defaultLimits } = options
  try {
    // Opening the run's file has already checked that this directory belongs to the user.
    const names = readdirSync(files.spool).flatMap((name) => parseName(name) ?? [])
    const held = names.filter(({ state }) => state === 'held').sort(byAge)
    dropSome(files, held.slice(0, Math.max(0, held.length - maxHeldFiles)))
    const waiting = names.filter((name) => isWaiting(name, join(files.spool, formatName(name)))).sort(byAge)
    const sized = waiting.map((name) => ({ name, bytes: sizeOf(files.spool, name), moving: false }))
    const others = names.filter((name) => name.state === 'jsonl' && runOf(name) !== runOf(own))
    if (overflowing(sized, limits).length === 0) return others
    const moving = movingRule(options)
    const known = sized.map((file) => ({ ...file, moving: moving(file.name) }))
    dropSome(files, overflowing(known, limits))
    return others
  } catch {
    // The spool does not exist, or cannot be read.
    return []
  }
}
