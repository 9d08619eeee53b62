import { ciVendors } from './ci-vendors.ts'
import {
  appName,
  bool,
  commitHash,
  date,
  digest,
  integer,
  isPrivateName,
  listOf,
  matching,
  nameOf,
  numbers,
  oneOf,
  shape,
  type Shape,
  unknownVersion,
  uuid,
  version,
} from './shapes.ts'
import type { Row } from './row.ts'
import { versionOrUnknown } from './span-row.ts'
import { agents, containers, installKinds, packageManagers, remotes } from './vocabulary.ts'

const since = '0.1.0'

/** The most installed providers that are sent. It keeps an event far below RudderStack's limit of 32 KB. */
export const maxInstalled = 100

const row = (key: string, rudder: string | null, shape: Shape, purpose: string): Row => ({
  key,
  rudder,
  shape,
  purpose,
  since,
  source: 'client',
  events: rudder === null ? [] : ['fetch', 'policy run', 'operation', 'run', 'crash', 'delivery'],
})

/** An attribute that a request for deletion also carries. */
const always = (each: Row): Row => ({ ...each, events: [...each.events, 'forget'] })

/** `name@version` of an installed provider. */
const installed = (): Shape => ({
  ...shape('`name@version`', 'string', (value) => {
    const [name, number, ...rest] = typeof value === 'string' ? value.split('@') : []
    return rest.length === 0 && nameOf('providers').accepts(name) && versionOrUnknown.accepts(number)
  }),
  name: 'providers',
  pattern: () => `(?:${nameOf('providers').pattern?.()})@(?:${versionOrUnknown.pattern?.()})`,
  max: 113,
  rename: (value, publicName) => {
    const [name, number] = typeof value === 'string' ? value.split('@', 2) : []
    const safe = publicName(name)
    return `${safe}@${!isPrivateName(safe) && version().accepts(number) ? number : unknownVersion}`
  },
})

const osNames = [
  'almalinux alpine amzn arch centos debian fedora gentoo linuxmint manjaro nixos ol opensuse-leap opensuse-tumbleweed',
  'pop raspbian rhel rocky sles ubuntu void wolfi macos windows',
].flatMap((line) => line.split(' '))

/** Attributes of the resource, which are the same for every span of a run. */
export const resourceRows: readonly Row[] = [
  always(row('service.name', 'app', appName(), 'Which tool it is.')),
  always(row('service.version', 'version', version(), 'Which versions are in use, and which one broke.')),
  row('service.instance.id', 'instance_id', uuid(), 'Joins the events of one run; new each time.'),
  row('session.id', null, uuid(), 'OpenTelemetry asks for it beside a crash. The same as `service.instance.id`.'),
  row(
    'process.executable.name',
    null,
    appName(),
    'OpenTelemetry asks for it. The name of the tool, never that of a file.',
  ),
  always(
    row(
      'app.installation.id',
      'cookie_id',
      uuid(),
      'Counts users rather than runs. Random, in a file that you can delete. Not sent in CI.',
    ),
  ),
  row('cq.random_id_persisted', 'random_id_persisted', bool(), 'Tells returning users from first runs.'),
  row('vcs.ref.head.revision', 'commit_id', commitHash(), 'The exact build.'),
  row('cq.build_date', 'build_date', date(), 'The age of the build.'),
  row('cq.ci', 'env.ci', bool(), 'Leaves CI out of the count of users.'),
  row('cq.ci_vendor', 'env.ci_vendor', oneOf(...ciVendors), 'Which CI systems to support.'),
  row('cq.faas', 'env.faas', bool(), 'Whether it runs as a function.'),
  row('cq.terminal', 'env.terminal', bool(), 'Whether a person watches: standard output is a terminal.'),
  row(
    'cq.agent',
    'env.agent',
    oneOf(...agents),
    'Counts people apart from the coding agents that run commands for them.',
  ),
  row(
    'cq.package_manager',
    'env.package_manager',
    oneOf(...packageManagers),
    'Which package manager runs it, by a script or as `npx` does.',
  ),
  row('cq.install', 'env.install', oneOf(...installKinds), 'Which ways of installing it are used.'),
  row('cq.container', 'env.container', oneOf(...containers), 'Which containers to support; WSL counts as one.'),
  row('cq.remote', 'env.remote', oneOf(...remotes), 'Which kinds of remote development to support.'),
  row(
    'os.type',
    'env.os',
    oneOf('aix', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'solaris', 'windows'),
    'Which systems to support.',
  ),
  row('os.name', 'env.os_name', oneOf(...osNames), 'Which distributions to support.'),
  row('os.version', 'env.os_version', numbers(), 'Which releases of them to support; numbers only.'),
  row('cq.os.kernel', 'env.os_kernel', numbers(), 'Which kernels to support; numbers only.'),
  row(
    'host.arch',
    'env.arch',
    oneOf('amd64', 'arm32', 'arm64', 'ia64', 'ppc32', 'ppc64', 'riscv64', 's390x', 'x86'),
    'Which processors to build for.',
  ),
  row('process.runtime.name', 'runtime_name', oneOf('nodejs', 'bun', 'deno'), 'Which runtimes to support.'),
  row('process.runtime.version', 'runtime_version', numbers(), 'Which runtime versions to support.'),
  row('telemetry.sdk.name', null, oneOf('opentelemetry'), 'OpenTelemetry asks for it.'),
  row('telemetry.sdk.language', null, oneOf('nodejs'), 'OpenTelemetry asks for it.'),
  row('telemetry.sdk.version', null, version(), 'OpenTelemetry asks for it.'),
  row('telemetry.distro.name', null, oneOf('cq-telemetry'), 'What recorded the span.'),
  row('telemetry.distro.version', null, version(), 'Which version recorded the span.'),
  row(
    'cq.hash.ip',
    'env.ip_addr',
    digest(),
    'Counts machines where the random id does not last. Hash of the IPv4 addresses of the network cards.',
  ),
  row('cq.hash.mac', 'env.mac_addr', digest(), 'The same, from the MAC addresses of the network cards.'),
  row('cq.hash.host', 'env.hostname', digest(), 'The same, from the host name.'),
  row(
    'cq.project.id',
    'project_id',
    digest(),
    'Counts projects, also in CI, if the tool asks for it: a hash of the address of the Git repository.',
  ),
  row(
    'cq.config.hash',
    'cfghash',
    digest(),
    'Tells runs with the same configuration apart from others; in CI it stands in for the user. Only of switches, numbers, known words and public names.',
  ),
  row('cq.config.format', 'cfgformat', oneOf('hcl', 'yaml', 'json', 'toml'), 'The format of the configuration.'),
  row(
    'cq.providers.installed',
    'installed_providers',
    listOf(installed(), maxInstalled),
    'Which provider versions are in use.',
  ),
  row('db.system.name', 'database_system', oneOf('postgresql'), 'Which database systems to support.'),
  row(
    'cq.database.id',
    'database_id',
    matching('decimal number', /^\d{1,20}$/, 20),
    "Counts installations by their database: PostgreSQL's `system_identifier`.",
  ),
  row('cq.database.version', 'database_version', numbers(), 'Which server versions to support.'),
  row(
    'cq.database.full_version',
    'database_full_version',
    matching(
      'product and numbers',
      /^(?:PostgreSQL|CockroachDB|Redshift|YugabyteDB|Greenplum) \d{1,6}(?:\.\d{1,6}){0,2}$/,
      48,
    ),
    'The same with the product, put together from the numbers.',
  ),
  row(
    'cq.database.uptime',
    'database_uptime',
    integer('seconds'),
    'Tells a throw-away database from one that is kept.',
  ),
]
