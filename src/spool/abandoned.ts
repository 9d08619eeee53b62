import { fs } from '../machine/node.ts'
import { type Owner, stateOf } from './owner.ts'
import { claimantOf, type SpoolName } from './name.ts'

const { lstatSync } = fs

/**
 * Milliseconds since its last change for which a file is left to an owner in another container or on another machine.
 */
const leaseMs = { recording: 24 * 3_600_000, sending: 5 * 60_000 }

/** Whether a drain may take a file: it is finished, or the process that was recording or sending it has died. */
export const isWaiting = (name: SpoolName, path: string, now = Date.now()): boolean => {
  if (name.state === 'jsonl') return true
  const claimant = claimantOf(name)
  if (!claimant && name.state !== 'open') return false
  const isOver = (owner: Owner, lease: number): boolean => {
    const state = stateOf(owner)
    if (state !== 'foreign') return state === 'dead'
    return now - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) > lease
  }
  return claimant ? isOver(claimant, leaseMs.sending) : isOver(name.owner, leaseMs.recording)
}
