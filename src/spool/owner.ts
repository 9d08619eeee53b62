import { sha1 } from '../machine/ids.ts'
import { fs, os } from '../machine/node.ts'

const { readFileSync, readlinkSync } = fs

/**
 * Which process a file belongs to, as text for its name: `<pid>-<began>-<place>`. The process id alone would be fooled
 * by its reuse, and by another container or machine that shares the home.
 */
export interface Owner {
  readonly pid: number
  /** When the process began, in clock ticks since the boot; `0` where the system does not say so at once. */
  readonly began: string
  /** Six hex digits each of hashes of the host, of the boot, and of the namespace of process ids. */
  readonly place: string
}

const read = (from: () => string): string => {
  try {
    return from()
  } catch {
    return ''
  }
}

/** Fields 3 and 22 of `/proc/<pid>/stat`; the second, the command's name in parentheses, may hold spaces (proc(5)). */
const statOf = (pid: number | 'self'): { state: string; began: string } => {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', began: fields[19] ?? '0' }
}

/** Dead, but not waited for by its parent: in a container without an init process it stays so for ever. */
const isZombie = (state: string): boolean => state === 'Z' || state === 'X'

const short = (text: string): string => sha1(text).slice(0, 6)

const placeOf = (): string =>
  [
    os().hostname() + read(() => readFileSync('/etc/machine-id', 'utf8')),
    read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    read(() => readlinkSync('/proc/self/ns/pid')),
  ]
    .map(short)
    .join('')

let self: Owner | undefined
/** This process. */
export const thisProcess = (): Owner => (self ??= { pid: process.pid, began: statOf('self').began, place: placeOf() })

export const formatOwner = ({ pid, began, place }: Owner): string => `${pid}-${began}-${place}`

/** What `formatOwner` writes. */
export const ownerPattern = '\\d{1,10}-\\d{1,20}-[0-9a-f]{18}'

export const parseOwner = (text: string): Owner => {
  const [pid, began, place] = text.split('-')
  return { pid: Number(pid), began: began ?? '0', place: place ?? '' }
}

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether a process still runs; `foreign` where that cannot be known from here. */
export const stateOf = (owner: Owner, here: Owner = thisProcess()): 'alive' | 'gone' | 'foreign' => {
  const differs = (from: number) => owner.place.slice(from, from + 6) !== here.place.slice(from, from + 6)
  if (differs(0)) return 'foreign'
  if (differs(6)) return 'gone'
  if (differs(12)) return 'foreign'
  if (!exists(owner.pid)) return 'gone'
  const { state, began } = statOf(owner.pid)
  if (isZombie(state)) return 'gone'
  return began === '0' || owner.began === '0' || began === owner.began ? 'alive' : 'gone'
}
