import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const own = new URL('.', import.meta.url).pathname
const lock = join(own, 'package-lock.json')
/** A copy of the lock file from which the packages were installed. */
const installed = join(own, 'node_modules/.installed-lock.json')

const isCurrent = (): boolean => existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(lock, 'utf8')

/** The part of `chdb` that the tests use. */
interface Chdb {
  readonly Session: new () => { query(sql: string, format?: string): string; close(): void }
}

/** ClickHouse in this process. It is installed first, where the lock file has changed. */
export const loadChdb = (): Chdb => {
  if (!isCurrent()) {
    // Not `npm ci`: the lock file has the library of Linux on x64 alone, which newer versions of npm refuse.
    execFileSync('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: own,
      stdio: 'inherit',
    })
    copyFileSync(lock, installed)
  }
  return createRequire(lock)('chdb') as Chdb
}
