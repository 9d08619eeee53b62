import { ciVendors } from './ci-vendors.ts'
import { bool, digest, integer, listOf, matching, nameOf, numbers, oneOf, type Shape, uuid, version } from './shapes.ts'
import type { Row } from './table.ts'

const since = '0.1.0'

/** So that an event stays far under Rudder's 32 KB. */
export const maxInstalled = 100

const row = (key: string, rudder: string | null, shape: Shape, purpose: string, example: string): Row => ({
  key,
  rudder,
  on: 'resource',
  shape,
  purpose,
  example,
  since,
  source: 'client',
  events: rudder === null ? [] : ['fetch', 'policy run', 'operation', 'run', 'crash', 'delivery'],
})

/** `name@version` of an installed provider. */
const installed = (): Shape => ({
  ...matching('`name@version`', /^[a-z][a-z0-9_-]*@[v0-9a-z.-]+$/, 113),
  name: 'providers',
  accepts: (value) => {
    const [name, number, ...rest] = typeof value === 'string' ? value.split('@') : []
    return rest.length === 0 && nameOf('providers').accepts(name) && (number === 'unknown' || version().accepts(number))
  },
  rename: (value, judge) => {
    const [name, number] = typeof value === 'string' ? value.split('@', 2) : []
    return `${judge(name)}@${version().accepts(number) ? number : 'unknown'}`
  },
})

const osNames = [
  'almalinux alpine amzn arch centos debian fedora gentoo linuxmint manjaro nixos ol opensuse-leap opensuse-tumbleweed',
  'pop raspbian rhel rocky sles ubuntu void wolfi macos windows',
].flatMap((line) => line.split(' '))

/** Facts of the run: the same for each of its spans. */
export const resourceRows: readonly Row[] = [
  row(
    'service.name',
    'app',
    matching('name of the tool', /^[a-z][a-z0-9._-]*$/, 64),
    'Which tool it is.',
    'cloudquery',
  ),
  row('service.version', 'version', version(), 'Which versions are in use, and which one broke.', '0.32.4'),
  row(
    'service.instance.id',
    'instance_id',
    uuid(),
    'Joins the events of one run; new each time.',
    '7d0c1f6e-0c6b-4a55-9f0e-53b3a8a5c9b1',
  ),
  row(
    'app.installation.id',
    'cookie_id',
    uuid(),
    'Counts users rather than runs. Random, in a file that you can delete. Not sent in CI.',
    'a7c7c3b0-5a55-4b1c-a5d9-2a2e7a3b2e11',
  ),
  row('random_id_persisted', 'random_id_persisted', bool(), 'Tells returning users from first runs.', 'true'),
  row('commit', 'commit_id', matching('commit hash', /^[0-9a-f]{7,64}$/, 64), 'The exact build.', '3f1c9a7'),
  row(
    'build_date',
    'build_date',
    matching('ISO 8601 date', /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,3})?Z)?$/, 24),
    'The age of the build.',
    '2022-06-01T10:00:00Z',
  ),
  row('ci', 'env.ci', bool(), 'Leaves CI out of the count of users.', 'false'),
  row('cq.ci.vendor', 'env.ci_vendor', oneOf(...ciVendors), 'Which CI systems to support.', 'GITHUB_ACTIONS'),
  row('faas', 'env.faas', bool(), 'Whether it runs as a function.', 'false'),
  row('terminal', 'env.terminal', bool(), 'Whether a person watches: standard output is a terminal.', 'true'),
  row(
    'os.type',
    'env.os',
    oneOf('aix', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'solaris', 'windows'),
    'Which systems to support.',
    'linux',
  ),
  row('os.name', 'env.os_name', oneOf(...osNames), 'Which distributions to support.', 'debian'),
  row('os.version', 'env.os_version', numbers(), 'Which releases to support; numbers only.', '6.1.0'),
  row(
    'host.arch',
    'env.arch',
    oneOf('amd64', 'arm32', 'arm64', 'ia64', 'ppc32', 'ppc64', 'riscv64', 's390x', 'x86'),
    'Which processors to build for.',
    'amd64',
  ),
  row('process.runtime.name', 'runtime_name', oneOf('nodejs', 'bun', 'deno'), 'Which runtimes to support.', 'nodejs'),
  row('process.runtime.version', 'runtime_version', numbers(), 'Which runtime versions to support.', '20.20.2'),
  row('telemetry.sdk.name', null, oneOf('opentelemetry'), 'OpenTelemetry asks for it.', 'opentelemetry'),
  row('telemetry.sdk.language', null, oneOf('nodejs'), 'OpenTelemetry asks for it.', 'nodejs'),
  row('telemetry.sdk.version', null, version(), 'OpenTelemetry asks for it.', '2.12.0'),
  row('telemetry.distro.name', null, oneOf('cq-telemetry'), 'What recorded the span.', 'cq-telemetry'),
  row('telemetry.distro.version', null, version(), 'Which version recorded the span.', '0.1.0'),
  row(
    'cq.hash.ip',
    'env.ip_addr',
    digest(),
    'Counts machines where the random id does not last. Hash of the IPv4 addresses of the network cards.',
    '5d2f1c0a9be3047d6a8f20c1b7e94d35a6c80f12',
  ),
  row(
    'cq.hash.mac',
    'env.mac_addr',
    digest(),
    'The same, from the MAC addresses of the network cards.',
    '0b6e5c1d2f3a4978860c1e5d7a9b3f2c4d6e8f01',
  ),
  row(
    'cq.hash.host',
    'env.hostname',
    digest(),
    'The same, from the host name.',
    '9a0364b9e99bb480dd25e1f0284c8555f6c1d2e3',
  ),
  row(
    'cfghash',
    'cfghash',
    digest(),
    'Tells runs with the same configuration apart from others; in CI it stands in for the user. Without its credentials.',
    '2c26b46b68ffc68ff99b453c1d30413413422d70',
  ),
  row('cfgformat', 'cfgformat', oneOf('hcl', 'yaml', 'json', 'toml'), 'The format of the configuration.', 'yaml'),
  row(
    'cq.providers.installed',
    'installed_providers',
    listOf(installed(), maxInstalled),
    'Which provider versions are in use.',
    '["aws@v0.13.0"]',
  ),
  row('db.system.name', 'database_system', oneOf('postgresql'), 'Which database systems to support.', 'postgresql'),
  row(
    'cq.database.id',
    'database_id',
    matching('decimal number', /^\d{1,20}$/, 20),
    "Counts installations by their database: PostgreSQL's `system_identifier`.",
    '7301234567890123456',
  ),
  row('cq.database.version', 'database_version', numbers(), 'Which server versions to support.', '15.18'),
  row(
    'cq.database.full_version',
    'database_full_version',
    matching(
      'product and numbers',
      /^(?:PostgreSQL|CockroachDB|Redshift|YugabyteDB|Greenplum) \d{1,6}(?:\.\d{1,6}){0,2}$/,
      48,
    ),
    'The same with the product, put together from the numbers.',
    'PostgreSQL 15.18',
  ),
  row(
    'cq.database.uptime',
    'database_uptime',
    integer('seconds'),
    'Tells a throw-away database from one that is kept.',
    '86400',
  ),
]
