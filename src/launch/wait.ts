import { statOf } from '../machine/read-file.ts'
import { replace } from '../machine/write-file.ts'
import { fs } from '../machine/node.ts'
import type { Layout } from '../machine/layout.ts'
import { DeliveryState, type DestinationStates } from '../spool/delivery-state.ts'
import { type DestinationName, parseName } from '../spool/name.ts'
import { formatOwner, thisProcess } from '../spool/owner.ts'

const { readdirSync } = fs

const pollMs = 20

const sleep = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** Destinations that still need events of this process. */
const lacking = (spool: string): Set<DestinationName> => {
  const own = formatOwner(thisProcess())
  const names = readdirSync(spool).flatMap((name) => parseName(name) ?? [])
  return new Set(
    names.flatMap(({ owner, state, destinations }) =>
      formatOwner(owner) === own && /^(?:jsonl|claim)/.test(state) ? destinations : [],
    ),
  )
}

/** Whether an attempt at a destination has failed in between. */
const hasFailed = (name: DestinationName, before: DestinationStates, now: DestinationStates): boolean =>
  now[name] !== undefined && now[name].failures > 0 && now[name].at !== before[name]?.at

/**
 * Returns a function that tells whether each of these destinations has received the events of this process, or has
 * failed since `sentCheck` was called.
 */
export const sentCheck = (files: Layout, names: readonly DestinationName[]): (() => boolean) => {
  const state = new DeliveryState(files.deliveryState)
  const before = state.all()
  return () => {
    const rest = lacking(files.spool)
    const now = state.all()
    return names.every((name) => !rest.has(name) || hasFailed(name, before, now))
  }
}

/**
 * Waits until the condition holds, for `limitMs` at most. Its clock only goes forward, and the host cannot replace it.
 */
export const waitUntil = (isSo: () => boolean, limitMs: number): void => {
  const end = process.hrtime.bigint() + BigInt(Math.round(limitMs)) * 1_000_000n
  while (!isSo() && process.hrtime.bigint() < end) sleep(pollMs)
}

/**
 * Milliseconds for which no command waits after one has waited in vain. Otherwise each command on a busy machine would
 * wait the full time.
 */
const pauseMs = 60_000

export const hasWaitedInVain = ({ waitedInVain }: Layout, now = Date.now()): boolean => {
  const ago = now - (statOf(waitedInVain)?.mtimeMs ?? 0)
  return ago >= 0 && ago < pauseMs
}

/** Stores that a command has waited in vain. Never throws. */
export const keepWaitedInVain = ({ waitedInVain }: Layout): void => {
  try {
    replace(waitedInVain, '')
  } catch {
    // If it cannot be stored, the next command waits too.
  }
}
