/** The configuration files of each pipeline. The collector merges them in this order. */

const common = ['shared/storage.yaml', 'shared/own-metrics.yaml']
const ingress = ['shared/ingress.yaml', 'shared/schema.yaml', ...common]

export interface Pipeline {
  readonly files: readonly string[]
  readonly purpose: string
}

export const pipelines: Readonly<Record<string, Pipeline>> = {
  dev: { files: ['dev.yaml'], purpose: 'show spans on your own machine' },
  'all-in-one': {
    files: [...ingress, 'to/file.yaml', 'all-in-one.yaml'],
    purpose: 'receive from the public on one machine, write files',
  },
  edge: { files: [...ingress, 'edge.yaml'], purpose: 'receive from the public, write to Kafka' },
  backend: { files: [...common, 'to/file.yaml', 'backend.yaml'], purpose: 'read from Kafka, write files' },
  balance: { files: [...ingress, 'balance.yaml'], purpose: 'receive from the public, send each trace to one member' },
  member: { files: [...common, 'to/file.yaml', 'member.yaml'], purpose: 'receive from balance, write files' },
  spool: { files: [...common, 'to/file.yaml', 'spool.yaml'], purpose: 'read the files of a spool, write files' },
}

export const additions: Readonly<Record<string, Pipeline>> = {
  rudder: { files: ['to/rudder.yaml'], purpose: 'send to RudderStack, too, through `cq-telemetry bridge`' },
  clickhouse: { files: ['to/clickhouse.yaml'], purpose: 'send to ClickHouse, too' },
  geo: { files: ['with/geo.yaml'], purpose: 'look up continent and country by the address, and remove the address' },
  proxy: { files: ['with/proxy.yaml'], purpose: 'take the address from X-Forwarded-For, behind a proxy that sets it' },
}
