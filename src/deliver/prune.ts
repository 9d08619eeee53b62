import { isExpired, type Limits, overflowing } from '../spool/limits.ts'
import type { DestinationName, SpoolName } from '../spool/name.ts'
import type { Excess, Spool } from '../spool/reader.ts'
import { maxHeldFiles } from '../spool/room.ts'
import { type LossLedger, lossesOf } from './losses.ts'

/**
 * Removes files that were recorded under another choice of the user, held runs beyond the limit, and half-written files
 * of a process that was killed.
 */
export const removeStale = (spool: Spool, generation: string): void => {
  const names = spool.names()
  const held = names.filter(({ state }) => state === 'held')
  for (const name of held.slice(0, Math.max(0, held.length - maxHeldFiles))) spool.remove(name)
  for (const name of names) if (name.generation !== generation) spool.remove(name)
  spool.removeTemporary()
}

/**
 * Removes files and counts their events as lost. `report` writes the losses to the spool before the files are removed,
 * so a child that is killed in between reports a loss twice rather than never. Only one file at a time is in memory.
 */
const lose = (names: readonly SpoolName[], why: Excess, spool: Spool, ledger: LossLedger, report: () => void): void => {
  const claimed = names.flatMap((name) => {
    const claim = spool.claim(name)
    if (!claim) return []
    ledger.useResourceOf(claim)
    ledger.add(name.destinations, lossesOf(claim.batches, why))
    return [claim.name]
  })
  report()
  for (const name of claimed) spool.remove(name)
}

/** Removes files that are too old to be sent. Held files are not counted as lost, since they are never sent. */
export const removeExpired = (spool: Spool, limits: Limits, ledger: LossLedger, report: () => void): void => {
  const expired = spool.names().filter((name) => name.state !== 'marks' && isExpired(name, limits))
  for (const name of expired) if (name.state === 'held') spool.remove(name)
  lose(expired, 'expired', spool, ledger, report)
}

/**
 * Removes files that exceed the limits, after everything that could be sent was sent. `takes` says whether a
 * destination accepted the last files.
 */
export const removeOverflow = (
  spool: Spool,
  limits: Limits,
  takes: (destination: DestinationName) => boolean,
  ledger: LossLedger,
  report: () => void,
): void => {
  const waiting = spool
    .names()
    .filter((name) => spool.isFree(name))
    .map((name) => ({ name, bytes: spool.size(name), moving: name.destinations.some(takes) }))
  lose(overflowing(waiting, limits), 'overflow', spool, ledger, report)
}
