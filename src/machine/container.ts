import { fs } from './node.ts'

const { readFileSync, readlinkSync } = fs

interface ProcessStat {
  /** `Z` is a zombie: the process has ended, and its parent has not read its exit code. */
  readonly state: string
  readonly session: string
}

/** Fields 3 and 6 of `/proc/<pid>/stat` (proc(5)). Undefined without `/proc`. */
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

/** The number of the machine's own namespace of process ids in Linux (`PROC_PID_INIT_INO`). */
const ofMachine = 'pid:[4026531836]'

export const isContainer = (): boolean => {
  try {
    return readlinkSync('/proc/self/ns/pid') !== ofMachine
  } catch {
    return false
  }
}

/**
 * Whether all processes here end with this one, because it is process 1 of a container or belongs to it: as its child
 * (below an init as small as tini), or in its session (a script, `npm run`). Processes of `docker exec` and of a login
 * have sessions of their own.
 */
export const endsWithContainer = (): boolean => {
  if (process.pid === 1) return true
  if (process.platform !== 'linux' || !isContainer()) return false
  return process.ppid === 1 || statOf('self')?.session === (statOf(1)?.session ?? 'unknown')
}
