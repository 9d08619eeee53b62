import type { Attributes } from '@opentelemetry/api'
import { severityPaths, typePaths } from '../schema/vocabulary.ts'
import type { OperationAggregate, ProviderAggregate } from './aggregate.ts'
import type { DiagnosticCounts, Tally } from './tally.ts'

/**
 * The sums as attributes. They are parallel lists, so that the span of an operation with a thousand resources stays
 * small.
 */

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

interface ResourceEntry {
  readonly name: string
  readonly tally: Tally
  /** Index of the provider in `cq.providers.names`; -1 for none. */
  readonly provider: number
}

const entriesOf = (provider: ProviderAggregate, index: number): ResourceEntry[] =>
  [...provider.resources].map(([name, tally]) => ({ name, tally, provider: index }))

const resourceLists = (entries: readonly ResourceEntry[]): Attributes => ({
  'cq.resources.names': entries.map(({ name }) => name),
  'cq.resources.counts': entries.map(({ tally }) => tally.count),
  'cq.resources.fetch_counts': entries.map(({ tally }) => tally.fetches),
  'cq.resources.durations_ms': entries.map(({ tally }) => Math.round(tally.ms)),
  'cq.resources.errors': entries.map(({ tally }) => tally.errors),
  'cq.resources.providers': entries.map(({ provider }) => provider),
})

/** The sums on a provider's span. The sums of each resource are only on the operation's span. */
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

/** The sums on an operation's span: enough to make its events without the spans below it. */
export const operationAttributes = (operation: OperationAggregate): Attributes => {
  const { providers, withoutProvider } = operation
  const entries = [...entriesOf(withoutProvider, -1), ...providers.flatMap(entriesOf)]
  const all = [withoutProvider, ...providers]
  return {
    'cq.errors': operation.errors,
    'cq.spans.dropped': operation.dropped,
    'cq.names.folded': operation.foldedNames,
    'cq.resources.count': all.reduce((sum, { total }) => sum + total.count, 0),
    'cq.resources.fetches': all.reduce((sum, { total }) => sum + total.fetches, 0),
    ...(providers.length > 0 && providerLists(providers)),
    ...(entries.length > 0 && resourceLists(entries)),
    ...(operation.policies.length > 0 && policyLists(operation)),
    ...diagnostics(operation.diagnostics),
  }
}
