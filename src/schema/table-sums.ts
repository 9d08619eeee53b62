import { integer, listOf, nameOf, oneOf, bool } from './shapes.ts'
import { count, operationEvents, spanRow, versionOrUnknown } from './span-row.ts'
import type { SpanRow } from './row.ts'
import { fetchStatuses, policyPersistences, policyTypes, severityPaths, typePaths } from './vocabulary.ts'

const milliseconds = integer('milliseconds', 10 * 365 * 86_400_000)

const providersAndResources = (
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
  return spanRow(on, rudder === null ? [] : ['fetch'], [key, rudder, listOf(shape), ...rest], per)
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
  spanRow(['operation'], ['policy run'], [key, rudder, listOf(shape), ...rest], 'policy'),
)

const diagnostics = [...severityPaths, ...typePaths].flatMap((path) => {
  const purpose = `How many diagnostics of this ${path.startsWith('by_type') ? 'type' : 'severity'} there were.`
  return [
    spanRow(['operation', 'provider'], operationEvents, [
      `cq.diagnostics.${path}`,
      `diagnostics.${path}`,
      count,
      purpose,
    ]),
    spanRow(
      ['operation'],
      ['fetch'],
      [`cq.providers.diagnostics.${path}`, `fetch_diags.${path}`, listOf(count), `${purpose} For each provider.`],
      'provider',
    ),
  ]
})

/**
 * Sums over the children of an operation, mostly as parallel lists with a member for each provider, resource or policy.
 */
export const sumRows: readonly SpanRow[] = [...providersAndResources, ...policies, ...diagnostics]
