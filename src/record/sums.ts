import type { Attributes } from '@opentelemetry/api'
import { severityPaths, typePaths } from '../schema/vocabulary.ts'
import type { OperationAggregate, ProviderAggregate } from './aggregate.ts'
import type { DiagnosticCounts, Tally } from './tally.ts'

/** Sums as attributes: parallel lists, so that a span of a thousand resources stays small. */

const paths = [...severityPaths, ...typePaths]

const diagnostics = (counts: DiagnosticCounts): Attributes =>
  Object.fromEntries(
    paths.flatMap((path) => (counts.at(path) > 0 ? [[`cq.diagnostics.${path}`, counts.at(path)]] : [])),
  )

const providerDiagnostics = (providers: readonly ProviderAggregate[]): Attributes =>
  Object.fromEntries(
    paths.flatMap((path) => {
      const counts = providers.map((provider) => provider.diagnostics.at(path))
      return counts.some((count) => count > 0) ? [[`cq.providers.diagnostics.${path}`, counts]] : []
    }),
  )

interface Entry {
  readonly name: string
  readonly tally: Tally
  readonly provider: number
}

const entriesOf = (provider: ProviderAggregate, index: number): Entry[] =>
  [...provider.resources].map(([name, tally]) => ({ name, tally, provider: index }))

const resources = (entries: readonly Entry[]): Attributes => ({
  'cq.resources.names': entries.map(({ name }) => name),
  'cq.resources.counts': entries.map(({ tally }) => tally.count),
  'cq.resources.fetch_counts': entries.map(({ tally }) => tally.fetches),
  'cq.resources.durations_ms': entries.map(({ tally }) => Math.round(tally.ms)),
  'cq.resources.errors': entries.map(({ tally }) => tally.errors),
})

/** The sums that a provider's span carries at its end. Those of each resource are in the operation's lists, once. */
export const providerAttributes = (provider: ProviderAggregate): Attributes => ({
  'cq.fetch.status': provider.status,
  'cq.errors': provider.errors,
  'cq.resources.count': provider.total.count,
  'cq.resources.fetches': provider.total.fetches,
  ...diagnostics(provider.diagnostics),
})

const providerLists = (providers: readonly ProviderAggregate[]): Attributes => ({
  'cq.providers.names': providers.map(({ name }) => name),
  'cq.providers.versions': providers.map(({ version }) => version),
  'cq.providers.durations_ms': providers.map(({ ms }) => Math.round(ms)),
  'cq.providers.counts': providers.map(({ total }) => total.count),
  'cq.providers.fetches': providers.map(({ total }) => total.fetches),
  'cq.providers.errors': providers.map(({ errors }) => errors),
  'cq.providers.statuses': providers.map(({ status }) => status),
  ...providerDiagnostics(providers),
})

const policyLists = ({ policies }: OperationAggregate): Attributes => ({
  'cq.policies.names': policies.map(({ name }) => name),
  'cq.policies.types': policies.map(({ type }) => type),
  'cq.policies.selectors': policies.map(({ selector }) => selector),
  'cq.policies.private': policies.map((policy) => policy.private),
  'cq.policies.persistences': policies.map(({ persistence }) => persistence),
  'cq.policies.durations_ms': policies.map(({ ms }) => Math.round(ms)),
  'cq.policies.successes': policies.map(({ success }) => success),
})

/** The sums that an operation's span carries at its end: all that is needed to map it, without its children. */
export const operationAttributes = (operation: OperationAggregate): Attributes => {
  const { providers, loose } = operation
  const entries = [...entriesOf(loose, -1), ...providers.flatMap(entriesOf)]
  const all = [loose, ...providers]
  return {
    'cq.errors': operation.errors,
    'cq.spans.dropped': operation.dropped,
    'cq.names.folded': operation.foldedNames,
    'cq.resources.count': all.reduce((sum, { total }) => sum + total.count, 0),
    'cq.resources.fetches': all.reduce((sum, { total }) => sum + total.fetches, 0),
    ...(providers.length > 0 && providerLists(providers)),
    ...(entries.length > 0 && {
      ...resources(entries),
      'cq.resources.providers': entries.map(({ provider }) => provider),
    }),
    ...(operation.policies.length > 0 && policyLists(operation)),
    ...diagnostics(operation.diagnostics),
  }
}
