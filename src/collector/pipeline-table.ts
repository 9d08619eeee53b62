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
    purpose: 'public ingress to files, on one machine',
  },
  edge: { files: [...ingress, 'edge.yaml'], purpose: 'public ingress to Kafka' },
  backend: { files: [...common, 'to/file.yaml', 'backend.yaml'], purpose: 'Kafka to files' },
  balance: { files: [...ingress, 'balance.yaml'], purpose: 'public ingress to members, by trace' },
  member: { files: [...common, 'to/file.yaml', 'member.yaml'], purpose: 'what comes from balance to files' },
  spool: { files: [...common, 'to/file.yaml', 'spool.yaml'], purpose: 'files of a spool to files' },
}

export const additions: Readonly<Record<string, Pipeline>> = {
  rudder: { files: ['to/rudder.yaml'], purpose: 'also to RudderStack, through `cq-telemetry bridge`' },
  clickhouse: { files: ['to/clickhouse.yaml'], purpose: 'also to ClickHouse' },
  geo: { files: ['with/geo.yaml'], purpose: 'continent and country from the address, which is then removed' },
  proxy: { files: ['with/proxy.yaml'], purpose: 'the address from X-Forwarded-For, behind a proxy that sets it' },
}
