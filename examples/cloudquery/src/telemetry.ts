import { readFileSync } from 'node:fs'
import { bucket, instrument, oneOf, type Options } from 'cq-telemetry'
import { telemetryCommand } from 'cq-telemetry/adapter'
import type { Config } from './config.ts'
import { Failure } from './failure.ts'
import { dataDirOf, exitCodes } from './globals.ts'
import { isTable, providers } from './providers/index.ts'

/** All of this tool's telemetry, on the package's public surface. */

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

/** What the build of a release sets. */
const buildVariable = (name: string, fallback: string, pattern: RegExp, form: string): string => {
  const value = process.env[name] || fallback
  if (!pattern.test(value)) {
    console.error(`Error: ${name} must be ${form}, e.g. ${fallback}`)
    process.exit(exitCodes.usage)
  }
  return value
}

export const build = {
  version,
  commit: buildVariable('CQ_COMMIT', '0000000', /^[0-9a-f]{7,40}$/, 'a commit hash in lower-case hex'),
  date: buildVariable('CQ_BUILD_DATE', '2026-11-23', /^\d{4}-\d{2}-\d{2}$/, 'a date'),
}

const { CQ_RUDDER_WRITE_KEY: writeKey, CQ_RUDDER_URL: dataPlaneUrl } = process.env
const rudder = writeKey && dataPlaneUrl ? { writeKey, dataPlaneUrl } : undefined

/** The configuration becomes known after the start; telemetry hashes it then, without its credentials. */
let effective: Config | undefined
export const keepConfig = (config: Config): void => {
  effective = config
}

const tried = JSON.parse(process.env['CQ_OPTIONS'] ?? '{}') as Pick<
  Options,
  'consent' | 'directory' | 'controls' | 'sampleRate' | 'minInterval'
>

/** For `instrument()` and for `cloudquery telemetry`. */
export const options = {
  app: { name: 'cloudquery', version: build.version, commit: build.commit, buildDate: build.date },
  // No vendor stands behind this example: whoever runs it says where its telemetry goes (CQ_OTLP_ENDPOINT is read by
  // the package). The example is always a checkout, so saying where is also the wish to send.
  ...(rudder && { rudder }),
  sendInDevelopment: rudder !== undefined || Boolean(process.env['CQ_OTLP_ENDPOINT']),
  providers: providers.map(({ name, version }) => ({ name, version })),
  config: () => effective,
  configFormat: 'yaml',
  command: 'cloudquery telemetry',
  dataDir: dataDirOf(process.argv.slice(2)),
  docsUrl: 'https://docs.cloudquery.io/docs/cli/telemetry',
  // What this program itself finds wrong is in what the user wrote.
  classifyError: (error) => (error instanceof Failure && error.cause === undefined ? 'user' : undefined),
  publisherIds: ['12345678-0000-0000-0000-c1a0dbeef000'],
  // What a policy finds is what it is run for: a success with a code of its own.
  successCodes: [exitCodes.found],
  attributes: { database: oneOf('embedded', 'given'), tables: bucket(), failed_checks: bucket() },
  publicNames: {
    operations: ['init', 'fetch', 'policy run', 'provider list', 'version'],
    providers: ['postgres', 'host'],
    resources: isTable,
    policies: ['postgres-basics'],
    packages: ['cloudquery'],
    options: ['config', 'dsn', 'force'],
  },
  // To try other options: CQ_OPTIONS='{"consent":"ask"}'. A tool has constants here.
  ...tried,
} as const satisfies Options

const args = process.argv.slice(2)
/** Whoever looks at the telemetry or changes it does not use the tool. */
const isOwnCommand = args.find((each) => !each.startsWith('-')) === telemetryCommand.name

export const telemetry = instrument({ ...options, argv: isOwnCommand ? ['--no-telemetry', ...args] : args })
