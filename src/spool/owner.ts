import { sha1 } from '../machine/ids.ts'
import { fs, os } from '../machine/node.ts'

const { readFileSync, readlinkSync } = fs

/**
 * The process that a file belongs to; `<pid>-<startTicks>-<location>` in file names. A process id alone is not enough:
 * it is reused, and another container or machine may share the home directory.
 */
export interface Owner {
  readonly pid: number
  /** Start time of the process in clock ticks since boot; `0` on a system without `/proc`. */
  readonly startTicks: string
  /** Six hex digits each of hashes of the host, of the boot id and of the namespace of process ids. */
  readonly location: string
}

const textOrEmpty = (read: () => string): string => {
  try {
    return read()
  } catch {
    return ''
  }
}

/** Fields 3 and 22 of `/proc/<pid>/stat`. Field 2, the command in parentheses, may contain spaces (proc(5)). */
const statOf = (pid: number | 'self'): { state: string; startTicks: string } => {
  const stat = textOrEmpty(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', startTicks: fields[19] ?? '0' }
}

/**
 * Whether the process has ended but its parent has not waited for it. In a container without init it stays in this
 * state.
 */
const isZombie = (state: string): boolean => state === 'Z' || state === 'X'

const shortHash = (text: string): string => sha1(text).slice(0, 6)

const currentLocation = (): string =>
  [
    os().hostname() + textOrEmpty(() => readFileSync('/etc/machine-id', 'utf8')),
    textOrEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    textOrEmpty(() => readlinkSync('/proc/self/ns/pid')),
  ]
    .map(shortHash)
    .join('')

let self: Owner | undefined
/** This process. */
export const thisProcess = (): Owner =>
  (self ??= { pid: process.pid, startTicks: statOf('self').startTicks, location: currentLocation() })

export const formatOwner = ({ pid, startTicks, location }: Owner): string => `${pid}-${startTicks}-${location}`

/** Source of a regular expression for what `formatOwner` returns. */
export const ownerPattern = '\\d{1,10}-\\d{1,20}-[0-9a-f]{18}'

export const parseOwner = (text: string): Owner => {
  const [pid, startTicks, location] = text.split('-')
  return { pid: Number(pid), startTicks: startTicks ?? '0', location: location ?? '' }
}

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Whether a process still runs; `foreign` if it is in another container or on another machine, so that this cannot be
 * known.
 */
export const stateOf = (owner: Owner, here: Owner = thisProcess()): 'alive' | 'dead' | 'foreign' => {
  const differs = (from: number) => owner.location.slice(from, from + 6) !== here.location.slice(from, from + 6)
  const [otherHost, otherBoot, otherNamespace] = [differs(0), differs(6), differs(12)]
  if (otherHost) return 'foreign'
  if (otherBoot) return 'dead'
  if (otherNamespace) return 'foreign'
  if (!exists(owner.pid)) return 'dead'
  const { state, startTicks } = statOf(owner.pid)
  if (isZombie(state)) return 'dead'
  return startTicks === '0' || owner.startTicks === '0' || startTicks === owner.startTicks ? 'alive' : 'dead'
}
