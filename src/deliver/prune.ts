import { filesOverLimits, type Limits } from '../spool/limits.ts'
import type { Spool } from '../spool/reader.ts'
import { type LossLedger, lossesOf } from './losses.ts'

/** Removes what was recorded under another choice of the user, and marks whose run has been reported already. */
export const removeStale = (spool: Spool, generation: string): void => {
  const names = spool.names()
  for (const name of names) {
    if (name.generation !== generation || spool.isOrphan(name, names)) spool.remove(name)
  }
}

/**
 * Removes the files that are beyond the limits. `report` writes the losses to the spool before the files are removed, so
 * that a child that is killed in between reports a loss twice rather than never. One file at a time is in memory.
 */
export const pruneSpool = (spool: Spool, limits: Limits, ledger: LossLedger, report: () => void): void => {
  const excess = filesOverLimits(spool, limits)
  // Held files were never to be sent, so nothing is lost with them.
  for (const { name } of excess) if (name.state === 'held') spool.remove(name)
  const claimed = excess.flatMap(({ name, why }) => {
    const claim = name.state === 'held' ? undefined : spool.claim(name)
    if (!claim) return []
    ledger.useResourceOf(claim)
    ledger.add(name.destinations, lossesOf(claim.batches, why))
    return [claim.name]
  })
  report()
  for (const name of claimed) spool.remove(name)
}
