import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** PostgreSQL refuses to run as root; as root it runs under another account of the system. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Where that account can look, and only root can write. */
export const systemDirectory = '/var/lib/cloudquery'

const idOf = async (flag: string, name: string): Promise<number> => Number((await run('id', [flag, name])).stdout)

/** The server's own account where there is one, else the one that owns nothing; undefined unless this is root. */
export const serverAccount = async (): Promise<Account | undefined> => {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: await idOf('-u', name), gid: await idOf('-g', name) }
    } catch {
      // There is no such account.
    }
  }
  return undefined
}

/** Whether the account can get at a path: every directory above it counts. */
export const canUse = async (account: Account, path: string): Promise<boolean> => {
  try {
    await run('test', ['-x', path], { ...account, cwd: '/' })
    return true
  } catch {
    return false
  }
}
