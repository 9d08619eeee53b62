import { readFileSync } from 'node:fs'
import { bucket, instrument, oneOf } from 'cq-telemetry'
import type { Config } from './config.ts'
import { Failure } from './failure.ts'
import { dataDirOf } from './globals.ts'
import { isTable, providers } from './providers/index.ts'

/** All of this tool's telemetry, on the package's public surface. */

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

export const build = {
  version,
  commit: process.env['CQ_COMMIT'] ?? '0000000',
  date: process.env['CQ_BUILD_DATE'] ?? '2026-11-23',
}

const { CQ_RUDDER_WRITE_KEY: writeKey, CQ_RUDDER_URL: dataPlaneUrl } = process.env
const rudder = writeKey && dataPlaneUrl ? { writeKey, dataPlaneUrl } : undefined

/** The configuration becomes known after the start; telemetry hashes it then, without its credentials. */
let effective: Config | undefined
export const keepConfig = (config: Config): void => {
  effective = config
}

export const telemetry = instrument({
  app: { name: 'cloudquery', version: build.version, commit: build.commit, buildDate: build.date },
  // No vendor stands behind this example: whoever runs it says where its telemetry goes (CQ_OTLP_ENDPOINT is read by
  // the package). The example is always a checkout, so saying where is also the wish to send.
  ...(rudder && { rudder }),
  sendInDevelopment: rudder !== undefined || Boolean(process.env['CQ_OTLP_ENDPOINT']),
  providers: providers.map(({ name, version }) => ({ name, version })),
  config: () => effective,
  configFormat: 'yaml',
  dataDir: dataDirOf(process.argv.slice(2)),
  docsUrl: 'https://docs.cloudquery.io/docs/cli/telemetry',
  // What this program itself finds wrong is in what the user wrote.
  classifyError: (error) => (error instanceof Failure && error.cause === undefined ? 'user' : undefined),
  publisherIds: ['12345678-0000-0000-0000-c1a0dbeef000'],
  attributes: { database: oneOf('embedded', 'given'), tables: bucket() },
  publicNames: {
    operations: ['init', 'fetch', 'policy run', 'provider list', 'version'],
    providers: ['postgres', 'host'],
    resources: isTable,
    policies: ['postgres-basics'],
    packages: ['cloudquery'],
    options: ['config', 'dsn', 'force'],
  },
})
