import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Failure } from '../failure.ts'
import { type Account, canUse, serverAccount, systemDirectory } from './account.ts'
import { type Binaries, findBinaries } from './binaries.ts'

const run = promisify(execFile)

/** A PostgreSQL of this command's own, with its data in the data directory. */
export interface Server {
  readonly connection: { host: string; port: number; user: string; password: string; database: string }
  stop(): Promise<void>
}

const host = '127.0.0.1'
const user = 'postgres'
/** Seconds that a start, or a stop, may take: only a server that hangs needs them, pg_ctl sees one that ends. */
const patience = '120'
/** The port is chosen before the server takes it, so another process may be faster. */
const portsToTry = 3

interface Cluster {
  readonly data: string
  readonly password: string
  readonly account: Account | undefined
  readonly binaries: Binaries
}

/** Nothing of the caller's environment gets in, PG* variables least of all. */
const options = (account: Account | undefined) => ({
  ...account,
  cwd: '/',
  env: { PATH: process.env['PATH'], LC_ALL: 'C', SystemRoot: process.env['SystemRoot'] },
})

const freePort = (): Promise<number> =>
  new Promise((resolvePort, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, host, () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolvePort(port))
    })
  })

/** In the data directory, unless the server's account cannot look into it: then beside the system's own data. */
const placeOf = async (dataDir: string, account: Account | undefined): Promise<string> => {
  const wanted = resolve(dataDir, 'postgres')
  if (!account || (await canUse(account, resolve(dataDir)))) return wanted
  const place = join(systemDirectory, createHash('sha256').update(wanted).digest('hex').slice(0, 16))
  await mkdir(place, { recursive: true })
  await symlink(place, wanted).catch(() => undefined)
  return place
}

const keptPassword = async (dataDir: string): Promise<string> => {
  const file = resolve(dataDir, 'postgres-password')
  if (!existsSync(file)) await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600 })
  return readFile(file, 'utf8')
}

/** The password goes to initdb as a file of its account's own, which is gone right after. */
const initialise = async ({ data, password, account, binaries }: Cluster): Promise<void> => {
  if (existsSync(join(data, 'PG_VERSION'))) return
  await mkdir(data, { recursive: true, mode: 0o700 })
  const passwordFile = `${data}.pw`
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (account) for (const path of [data, passwordFile]) await chown(path, account.uid, account.gid)
  try {
    const flags = [
      '--auth=scram-sha-256',
      `--username=${user}`,
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ]
    await run(binaries.initdb, [`--pgdata=${data}`, ...flags], options(account))
  } finally {
    await rm(passwordFile, { force: true })
  }
}

/** The port of a server that an earlier run left behind, killed before it could stop it. */
const leftRunning = async ({ data, account, binaries }: Cluster): Promise<number | undefined> => {
  try {
    await run(binaries.pg_ctl, ['status', '-D', data], options(account))
    const port = Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[3])
    return Number.isInteger(port) && port > 0 ? port : undefined
  } catch {
    return undefined
  }
}

/** pg_ctl gives it a session of its own: a Ctrl-C in the terminal is for this command to handle, not for the server. */
const launch = async ({ data, account, binaries }: Cluster): Promise<number> => {
  for (let ports = 1; ; ports++) {
    const port = await freePort()
    const settings = `-p ${port} -h ${host} -c unix_socket_directories='' -c fsync=off`
    const args = ['start', '-D', data, '-w', '-t', patience, '-l', join(data, 'server.log'), '-o', settings]
    try {
      await run(binaries.pg_ctl, args, options(account))
      return port
    } catch (error) {
      if (ports === portsToTry) throw error
    }
  }
}

const stop = async ({ data, account, binaries }: Cluster): Promise<void> => {
  await run(binaries.pg_ctl, ['stop', '-D', data, '-m', 'fast', '-w', '-t', patience], options(account)).catch(
    () => undefined,
  )
}

const prepare = async (dataDir: string): Promise<Cluster> => {
  await mkdir(dataDir, { recursive: true })
  const account = await serverAccount()
  const cluster: Cluster = {
    data: await placeOf(dataDir, account),
    password: await keptPassword(dataDir),
    account,
    binaries: await findBinaries(account),
  }
  await initialise(cluster)
  return cluster
}

/** Starts the server, or finds it running. */
export const startServer = async (dataDir: string): Promise<Server> => {
  try {
    const cluster = await prepare(dataDir)
    const port = (await leftRunning(cluster)) ?? (await launch(cluster))
    return {
      connection: { host, port, user, password: cluster.password, database: 'postgres' },
      stop: () => stop(cluster),
    }
  } catch (cause) {
    const refused = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EEXIST'].includes(
      (cause as NodeJS.ErrnoException).code ?? '',
    )
    const message = refused
      ? `the data directory ${dataDir} cannot be written: choose another with --data-dir`
      : `the database in ${dataDir} does not start: see postgres/server.log there, or name a server with --dsn`
    throw new Failure(message, { cause })
  }
}
