import {
  bool,
  digest,
  frame,
  integer,
  listOf,
  maxCauses,
  maxFrames,
  nameOf,
  oneOf,
  type Shape,
  version,
} from './shapes.ts'
import { errorTypes, sqlStateClasses } from './errors.ts'
import type { EventName, Row } from './row.ts'
import {
  crashKinds,
  errorClasses,
  fetchStatuses,
  type LossReason,
  lossReasons,
  policyPersistences,
  policyTypes,
  severityPaths,
  typePaths,
  type UnitType,
  unitTypes,
} from './vocabulary.ts'

const everyEvent: readonly EventName[] = ['fetch', 'policy run', 'operation', 'run', 'crash']
const operationEvents: readonly EventName[] = ['fetch', 'policy run', 'operation']

const row = (
  on: readonly UnitType[],
  events: readonly EventName[],
  [key, rudder, shape, purpose]: readonly [string, string | null, Shape, string],
  per?: Row['per'],
): Row => ({ key, rudder, on, shape, purpose, since: '0.1.0', source: 'client', events, ...(per && { per }) })

const maxMs = 10 * 365 * 86_400_000
const milliseconds = integer('milliseconds', maxMs)
const count = integer('count')
const versionOrUnknown: Shape = {
  ...version(),
  text: 'version number or `unknown`',
  pattern: () => `unknown|${version().pattern?.()}`,
  accepts: (value) => value === 'unknown' || version().accepts(value),
}

const workTypes = unitTypes.filter((type) => type !== 'delivery')

const outcome = (
  [
    ['cq.span.type', null, oneOf(...unitTypes), 'What the span stands for.'],
    ['cq.success', 'success', bool(), 'The share of runs that succeed.'],
    ['error.type', 'error_type', oneOf(...errorTypes), 'Which errors occur: a known class or code, never a message.'],
    [
      'cq.error.class',
      'error_class',
      oneOf(...errorClasses),
      "Tells the tool's own faults from those of its surroundings.",
    ],
    [
      'cq.error.sqlstate_class',
      'error_sqlstate_class',
      oneOf(...sqlStateClasses),
      'Which kind of database error: the first two characters of the SQLSTATE.',
    ],
  ] as const
).map((each) => row(each[1] === null ? unitTypes : workTypes, each[1] === null ? [] : everyEvent, each))

const run = (
  [
    ['process.exit.code', 'exit_code', integer('exit code', 4_294_967_295), 'How runs end.'],
    ['cq.operations.count', 'operations', count, 'How many operations a run has.'],
    [
      'cq.spans.recorded',
      'spans_recorded',
      count,
      'How many spans the run has recorded, this one too: compared with those received, it shows what was lost.',
    ],
  ] as const
).map((each) => row(['run'], ['run'], each))

const operation = (
  [
    [
      'cq.spans.dropped',
      'spans_dropped',
      count,
      'How many spans OTLP left out because there were too many; the sums hold them.',
    ],
    ['cq.names.folded', 'names_folded', count, 'How many names were summed up under `_OTHER`.'],
    [
      'cq.aborted',
      'aborted',
      bool(),
      'Whether the process was killed while the operation was at work; the next run says so.',
    ],
  ] as const
).map((each) => row(['operation'], operationEvents, each))

const named = row(
  ['operation', 'crash'],
  [...operationEvents, 'crash'],
  ['cq.operation.name', 'operation', nameOf('operations'), 'Which operations are used.'],
)

const crash = (
  [
    ['cq.crash.kind', 'crash_kind', oneOf(...crashKinds), 'How the crash came to be known.'],
    [
      'cq.crash.fingerprint',
      'crash_fingerprint',
      digest(),
      'Groups the reports of one fault: a hash of the fields below.',
    ],
    [
      'cq.crash.frames',
      'crash_frames',
      listOf(frame(), maxFrames),
      'Where in the published code it happened: no function names, no paths of the machine.',
    ],
    ['cq.crash.causes', 'crash_causes', listOf(oneOf(...errorTypes), maxCauses), 'The classes of the causes.'],
  ] as const
).map((each) => row(['crash'], ['crash'], each))

const lossPurposes: Record<LossReason, string> = {
  expired: 'How many events were too old to be sent.',
  overflow: 'How many events were removed since too much was waiting.',
  rejected: 'How many events a server refused for good.',
  unreadable: 'How many lines on disk could not be read.',
  suppressed: 'How many crash reports of one kind were beyond the few that are sent a day.',
}

const losses = lossReasons.map((reason) =>
  row(['delivery'], ['delivery'], [`cq.lost.${reason}`, `lost_${reason}`, count, lossPurposes[reason]]),
)

const units = (
  [
    [['provider'], 'cq.provider.version', versionOrUnknown, 'Which provider versions are in use.'],
    [['provider', 'resource'], 'cq.provider.name', nameOf('providers'), 'Which providers are used.'],
    [['provider'], 'cq.fetch.status', oneOf(...fetchStatuses), 'How the fetch of the provider went.'],
    [['resource'], 'cq.resource.name', nameOf('resources'), 'Which resources are fetched.'],
    [['resource'], 'cq.resource.count', count, 'How many items it fetched.'],
    [['policy'], 'cq.policy.name', nameOf('policies'), 'Which public policies are used.'],
    [['policy'], 'cq.policy.type', oneOf(...policyTypes), 'Where policies come from.'],
    [['policy'], 'cq.policy.selector', oneOf('private'), 'Whether a part of the policy was picked; never which.'],
    [['policy'], 'cq.policy.private', bool(), 'The share of policies that are not from the public hub.'],
    [['policy'], 'cq.policy.persistence', oneOf(...policyPersistences), 'What becomes of the results.'],
    [['operation', 'provider', 'resource'], 'cq.errors', count, 'How many errors there were, handled ones too.'],
    [['operation', 'provider'], 'cq.resources.count', count, 'How many items were fetched in all.'],
    [['operation', 'provider'], 'cq.resources.fetches', count, 'How many fetches of resources there were.'],
  ] as const
).map(([on, key, ...rest]) => row(on, [], [key, null, ...rest]))

const aggregates = (
  [
    [['operation'], 'cq.providers.names', 'fetch_provider', nameOf('providers'), 'Which providers ran.'],
    [['operation'], 'cq.providers.versions', 'fetch_provider_version', versionOrUnknown, 'Which versions of them.'],
    [['operation'], 'cq.providers.durations_ms', 'fetch_duration_ms', milliseconds, 'How long each took.'],
    [['operation'], 'cq.providers.counts', 'fetch_total_resources_count', count, 'How many items each fetched.'],
    [['operation'], 'cq.providers.fetches', 'fetch_total_fetches', count, 'How many fetches each made.'],
    [['operation'], 'cq.providers.errors', 'fetch_errors', count, 'How many errors each had.'],
    [['operation'], 'cq.providers.statuses', 'fetch_status', oneOf(...fetchStatuses), 'How each ended.'],
    [
      ['operation'],
      'cq.resources.providers',
      null,
      integer('index into `cq.providers.names`, -1 for none', 10_000, -1),
      'Which provider each resource belongs to.',
    ],
    [
      ['operation'],
      'cq.resources.names',
      'fetch_resource_stats[].name',
      nameOf('resources'),
      'Which resources were fetched.',
    ],
    [['operation'], 'cq.resources.counts', 'fetch_resource_stats[].count', count, 'How many items of each.'],
    [
      ['operation'],
      'cq.resources.fetch_counts',
      'fetch_resource_stats[].fetches',
      count,
      'How often each was fetched.',
    ],
    [
      ['operation'],
      'cq.resources.durations_ms',
      'fetch_resource_stats[].duration_ms',
      milliseconds,
      'Which resources are slow.',
    ],
    [['operation'], 'cq.resources.errors', 'fetch_resource_stats[].errors', count, 'Which resources fail.'],
  ] as const
).map(([on, key, rudder, shape, ...rest]) => {
  const per = key.startsWith('cq.providers.') ? 'provider' : 'resource'
  return row(on, rudder === null ? [] : ['fetch'], [key, rudder, listOf(shape), ...rest], per)
})

const policies = (
  [
    ['cq.policies.names', 'policy_name', nameOf('policies'), 'Which public policies ran.'],
    ['cq.policies.types', 'policy_type', oneOf(...policyTypes), 'Where they come from.'],
    ['cq.policies.selectors', 'policy_selector', oneOf('private', 'none'), 'Whether a part was picked; never which.'],
    ['cq.policies.private', 'policy_is_private', bool(), 'The share of private policies.'],
    ['cq.policies.persistences', 'policy_persistence', oneOf(...policyPersistences), 'What becomes of the results.'],
    ['cq.policies.durations_ms', 'policy_duration_ms', milliseconds, 'How long each took.'],
    ['cq.policies.successes', 'policy_success', bool(), 'Whether each ran to its end.'],
  ] as const
).map(([key, rudder, shape, ...rest]) =>
  row(['operation'], ['policy run'], [key, rudder, listOf(shape), ...rest], 'policy'),
)

const diagnostics = [...severityPaths, ...typePaths].flatMap((path) => {
  const purpose = `How many diagnostics of this ${path.startsWith('by_type') ? 'type' : 'severity'} there were.`
  return [
    row(['operation', 'provider'], operationEvents, [`cq.diagnostics.${path}`, `diagnostics.${path}`, count, purpose]),
    row(
      ['operation'],
      ['fetch'],
      [`cq.providers.diagnostics.${path}`, `fetch_diags.${path}`, listOf(count), `${purpose} For each provider.`],
      'provider',
    ),
  ]
})

/** Facts of one span. */
export const spanRows: readonly Row[] = [
  ...outcome,
  ...run,
  named,
  ...operation,
  ...crash,
  ...losses,
  ...units,
  ...aggregates,
  ...policies,
  ...diagnostics,
]
