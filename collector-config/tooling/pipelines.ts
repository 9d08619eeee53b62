import { join } from 'node:path'
import { configDirectory } from './paths.ts'

/** Which files make a pipeline: one purpose each, merged by the collector in this order. */

const lasting = ['shared/storage.yaml', 'shared/own-metrics.yaml']
const ingress = ['shared/ingress.yaml', 'shared/schema.yaml', ...lasting]

interface Pipeline {
  readonly files: readonly string[]
  readonly purpose: string
}

export const pipelines: Readonly<Record<string, Pipeline>> = {
  dev: { files: ['dev.yaml'], purpose: 'show spans on your own machine' },
  'all-in-one': {
    files: [...ingress, 'to/file.yaml', 'all-in-one.yaml'],
    purpose: 'public ingress to files, on one machine',
  },
  edge: { files: [...ingress, 'edge.yaml'], purpose: 'public ingress to Kafka' },
  backend: { files: [...lasting, 'to/file.yaml', 'backend.yaml'], purpose: 'Kafka to files' },
  balance: { files: [...ingress, 'balance.yaml'], purpose: 'public ingress to members, by trace' },
  member: { files: [...lasting, 'to/file.yaml', 'member.yaml'], purpose: 'what comes from balance to files' },
  spool: { files: [...lasting, 'to/file.yaml', 'spool.yaml'], purpose: 'files of a spool to files' },
}

export const additions: Readonly<Record<string, Pipeline>> = {
  rudder: { files: ['to/rudder.yaml'], purpose: 'also to RudderStack, through `cq-telemetry bridge`' },
  clickhouse: { files: ['to/clickhouse.yaml'], purpose: 'also to ClickHouse' },
  geo: { files: ['with/geo.yaml'], purpose: 'continent and country from the address, which is then removed' },
  proxy: { files: ['with/proxy.yaml'], purpose: 'the address from X-Forwarded-For, behind a proxy that sets it' },
}

const known = (table: Readonly<Record<string, Pipeline>>, name: string, what: string): Pipeline => {
  const found = Object.hasOwn(table, name) ? table[name] : undefined
  if (!found) throw new Error(`there is no ${what} "${name}": there are ${Object.keys(table).join(', ')}`)
  return found
}

/** Only what receives from the public has an address to look at; only what keeps files may also send elsewhere. */
const suits = (addition: string, files: readonly string[]): boolean =>
  files.includes(addition === 'geo' || addition === 'proxy' ? 'shared/ingress.yaml' : 'to/file.yaml')

/** The files of a pipeline with additions, in their order. Throws for a name that is not known. */
export const filesOf = (name: string, more: readonly string[] = []): string[] => {
  const { files } = known(pipelines, name, 'pipeline')
  const added = more.flatMap((each) => known(additions, each, 'addition').files)
  const without = more.find((each) => !suits(each, files))
  if (without !== undefined) throw new Error(`"${without}" is not for the pipeline "${name}"`)
  return [...files, ...added].map((file) => join(configDirectory, file))
}

/**
 * A queue on disk otherwise keeps the context of each request too: the address of the client and, where they are
 * included, its headers. No configuration file can say so; `batch`, which would drop the context, answers too early.
 */
const gates = ['--feature-gates', '-exporter.PersistRequestContext']

/** What `otelcol` is called with. */
export const configArguments = (name: string, more: readonly string[] = []): string[] => [
  ...filesOf(name, more).flatMap((file) => ['--config', file]),
  ...gates,
]
