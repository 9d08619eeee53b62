import { fs } from './node.ts'

const { readFileSync, readlinkSync } = fs

interface ProcessStat {
  /** `Z` for one that has ended and whose parent has not asked for its exit code: a zombie. */
  readonly state: string
  readonly session: string
}

/** Fields 3 and 6 of `/proc/<pid>/stat` (proc(5)). Undefined where there is none. */
const statOf = (pid: number | 'self'): ProcessStat | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Field 2, the command in parentheses, may contain spaces.
    const [state = '', , , session = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state, session }
  } catch {
    return undefined
  }
}

export const isZombie = (pid: number): boolean => statOf(pid)?.state === 'Z'

/** The number that Linux gives to the namespace of the machine itself (`PROC_PID_INIT_INO`). */
const ofMachine = 'pid:[4026531836]'

export const isContainer = (): boolean => {
  try {
    return readlinkSync('/proc/self/ns/pid') !== ofMachine
  } catch {
    return false
  }
}

/**
 * Whether all processes here are about to end with this one, since it is process 1 of a container, or belongs to it: is its
 * child (below an init as small as tini), or in its session (a script, `npm run`). What `docker exec` starts and what logs in
 * there has a session of its own.
 */
export const endsWithContainer = (): boolean => {
  if (process.pid === 1) return true
  if (process.platform !== 'linux' || !isContainer()) return false
  return process.ppid === 1 || statOf('self')?.session === (statOf(1)?.session ?? 'unknown')
}
