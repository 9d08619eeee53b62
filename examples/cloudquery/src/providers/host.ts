import { readdir, readFile } from 'node:fs/promises'
import os from 'node:os'
import { join } from 'node:path'
import type { Provider, Row, Table } from './provider.ts'

/** What the machine tells of itself; what a system does not have is an empty table. */

const table = (name: string, columns: Table['columns'], rows: () => Promise<readonly Row[]>): Table => ({
  name: `host_${name}`,
  columns,
  rows,
})

const readText = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')

const processOf = async (pid: string): Promise<Row[]> => {
  const status = await readText(`/proc/${pid}/status`)
  const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1]
  return status === ''
    ? []
    : [{ pid: Number(pid), name: field('Name'), state: field('State'), parent: Number(field('PPid')) }]
}

const processes = async (): Promise<Row[]> => {
  const entries = await readdir('/proc').catch(() => [])
  return (await Promise.all(entries.filter((entry) => /^\d+$/.test(entry)).map(processOf))).flat()
}

const mounts = async (): Promise<Row[]> =>
  (await readText('/proc/self/mounts'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [device, path, type, options] = line.split(' ')
      return { device, path, type, options }
    })

const interfaces = async (): Promise<Row[]> =>
  Object.entries(os.networkInterfaces()).flatMap(([name, infos]) =>
    (infos ?? []).map(({ address, family, mac, internal }) => ({ name, address, family, mac, internal })),
  )

const packageAt = async (directory: string): Promise<Row[]> => {
  try {
    const { name, version, license } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Row
    return [{ name, version, license: typeof license === 'string' ? license : null }]
  } catch {
    return []
  }
}

const packages = async (root = 'node_modules'): Promise<Row[]> => {
  const entries = await readdir(root).catch(() => [])
  const rows = await Promise.all(
    entries.map((entry) => (entry.startsWith('@') ? packages(join(root, entry)) : packageAt(join(root, entry)))),
  )
  return rows.flat()
}

export const host: Provider = {
  name: 'host',
  version: 'v1.0.0',
  tables: [
    table(
      'os',
      { type: 'text', release: 'text', arch: 'text', cpus: 'int', memory: 'bigint', uptime: 'bigint' },
      async () => [
        {
          type: os.type(),
          release: os.release(),
          arch: os.arch(),
          cpus: os.cpus().length,
          memory: os.totalmem(),
          uptime: Math.round(os.uptime()),
        },
      ],
    ),
    table(
      'network_interfaces',
      { name: 'text', address: 'text', family: 'text', mac: 'text', internal: 'boolean' },
      interfaces,
    ),
    table('mounts', { device: 'text', path: 'text', type: 'text', options: 'text' }, mounts),
    table('processes', { pid: 'int', name: 'text', state: 'text', parent: 'int' }, processes),
    table('npm_packages', { name: 'text', version: 'text', license: 'text' }, () => packages()),
  ],
}
