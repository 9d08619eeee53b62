import { randomUuid } from '../machine/ids.ts'
import { ciVendor, isCi } from '../machine/ci.ts'
import { isFaas } from '../machine/ci-variables.ts'
import { agent } from '../machine/agent.ts'
import { installKind, packageManager } from '../machine/installation.ts'
import { container, remote } from '../machine/remote.ts'
import { system } from '../machine/system.ts'
import { isTerminal } from '../machine/terminal.ts'
import type { Options } from '../api/options.ts'
import { distro } from '../schema/distro.ts'
import { version } from '../schema/shapes.ts'
import { maxInstalled } from '../schema/table-resource.ts'
import { configHash } from './config-hash.ts'
import type { Debug } from '../machine/debug.ts'
import { hasher, type Hash, hostHashes } from './hashes.ts'
import { randomId } from './random-id.ts'

/** Whether the tool may send anything that distinguishes its installations. */
const identifies = ({ identity }: Options): boolean => identity !== 'none'

/** In CI there is no user to count, so no installation id is sent, even if the image contains an id file. */
const installation = (paths: readonly string[], ci: boolean, debug: Debug): Record<string, unknown> => {
  if (ci) return { 'cq.random_id_persisted': false }
  const { id, persisted } = randomId(paths, debug)
  return { 'app.installation.id': id, 'cq.random_id_persisted': persisted }
}

const hashOf = ({ app, identity }: Options): Hash =>
  hasher(app.name, typeof identity === 'object' ? identity.hmacKey : undefined)

const hashes = (options: Options): Record<string, unknown> => {
  if (options.identity === 'random-only' || !identifies(options)) return {}
  const { ip, mac, host } = hostHashes(hashOf(options))
  return { 'cq.hash.ip': ip, 'cq.hash.mac': mac, 'cq.hash.host': host }
}

const evaluate = <T>(value: T | (() => T | undefined) | undefined): T | undefined =>
  typeof value === 'function' ? (value as () => T | undefined)() : value

const projectFacts = (options: Options, debug: Debug): Record<string, unknown> => {
  try {
    const project = identifies(options) ? evaluate(options.project) : undefined
    return typeof project === 'string' && project !== '' ? { 'cq.project.id': hashOf(options)('project', project) } : {}
  } catch {
    debug('the option "project" is a function that throws')
    return {}
  }
}

/** Attributes that do not change during a run. */
const constantFacts = (options: Options, randomIds: readonly string[], debug: Debug): Record<string, unknown> => {
  const { app } = options
  const ci = isCi()
  const run = randomUuid()
  return {
    'service.name': app.name,
    'service.version': app.version,
    'service.instance.id': run,
    'session.id': run,
    'process.executable.name': app.name,
    'vcs.ref.head.revision': app.commit,
    'cq.build_date': app.buildDate,
    ...(identifies(options) && installation(randomIds, ci, debug)),
    ...hashes(options),
    ...projectFacts(options, debug),
    'cq.ci': ci,
    'cq.ci_vendor': ciVendor(),
    'cq.faas': isFaas(),
    'cq.terminal': isTerminal(1),
    'cq.agent': agent(),
    'cq.package_manager': packageManager(),
    'cq.install': installKind(),
    'cq.container': container(),
    'cq.remote': remote(),
    ...system(),
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.version': distro.sdkVersion,
    'telemetry.distro.name': distro.name,
    'telemetry.distro.version': distro.version,
  }
}

/**
 * The hash of the configuration, from the first value that the host returns. It is not read again, since a large one
 * takes a tenth of a second.
 */
const configFacts = (options: Options) => {
  let facts: Record<string, unknown> | undefined
  return (): Record<string, unknown> => {
    if (!identifies(options)) return {}
    if (facts) return facts
    const config = evaluate(options.config)
    if (config === undefined) return {}
    const hash = configHash(hashOf(options), config, options.publicNames)
    return (facts = hash === undefined ? {} : { 'cq.config.hash': hash, 'cq.config.format': options.configFormat })
  }
}

const providerFacts = (options: Options): Record<string, unknown> => {
  // A list of many versions identifies an installation as well as an id does.
  const installed = identifies(options) ? evaluate(options.providers)?.slice(0, maxInstalled) : undefined
  return installed
    ? {
        'cq.providers.installed': installed.map(
          (provider) => `${provider.name}@${version().accepts(provider.version) ? provider.version : 'unknown'}`,
        ),
      }
    : {}
}

/**
 * Returns a function that returns the attributes of the resource. The constant ones are computed at its first call, the
 * others once the host knows them.
 */
export const resourceFacts = (options: Options, randomIds: readonly string[], debug: Debug) => {
  let constant: Record<string, unknown> | undefined
  const config = configFacts(options)
  return (): Record<string, unknown> => {
    constant ??= constantFacts(options, randomIds, debug)
    try {
      return { ...constant, ...config(), ...providerFacts(options) }
    } catch {
      debug('the option "config" or "providers" is a function that throws')
      return constant
    }
  }
}
