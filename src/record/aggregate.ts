import type { Publicize } from '../schema/names.ts'
import { maxMembers, otherName, privateName } from '../schema/shapes.ts'
import type { Diagnostic } from '../api/telemetry.ts'
import { diagnosticSeverities, diagnosticTypes, type FetchStatus } from '../schema/vocabulary.ts'
import { DiagnosticCounts, type Fetch, Tally } from './tally.ts'

/** The most providers, and the most policies, that an operation lists. Further ones are summed up under `_OTHER`. */
const maxListed = 100
/**
 * The most resource names with an entry of their own. The rest of the list is reserved for `private` and `_OTHER`: one
 * entry each for every listed provider, for the provider `_OTHER`, and for resources without a provider.
 */
const maxNames = maxMembers - 2 * (maxListed + 2)
/** The most names per provider whose tally is cached, so that the host's predicate does not run for each fetch. */
const maxCached = 4_096
/** The number of names summed up under `_OTHER` is exact up to this bound. */
const maxFolded = 10_000

const isDiagnostic = ({ severity, type }: Diagnostic): boolean =>
  diagnosticSeverities.includes(severity) && diagnosticTypes.includes(type)

/** The sums of one provider in one operation. */
export class ProviderAggregate {
  readonly resources = new Map<string, Tally>()
  readonly total = new Tally()
  readonly diagnostics = new DiagnosticCounts()
  private readonly cachedTallies = new Map<string, Tally>()
  version = 'unknown'
  status: FetchStatus = 'successful'
  ms = 0
  /** Errors of the provider itself. Those of its resources are counted apart. */
  ownErrors = 0

  readonly name: string
  private readonly operation: OperationAggregate

  constructor(name: string, operation: OperationAggregate) {
    this.name = name
    this.operation = operation
  }

  get errors(): number {
    return this.total.errors + this.ownErrors
  }

  addFetch(rawName: string, fetch: Fetch): void {
    this.tallyOf(rawName).add(fetch)
    this.total.add(fetch)
  }

  private tallyOf(rawName: string): Tally {
    const cached = this.cachedTallies.get(rawName)
    if (cached) return cached
    const tally = this.operation.tallyFor(this, rawName)
    if (this.cachedTallies.size < maxCached) this.cachedTallies.set(rawName, tally)
    return tally
  }
}

/** A policy that ran in an operation, with values that the table allows. */
export interface PolicyEntry {
  readonly name: string
  readonly type: string
  readonly selector: string
  readonly private: boolean
  readonly persistence: string
  success: boolean
  ms: number
}

/** The sums of one operation over the spans below it. */
export class OperationAggregate {
  readonly providers: ProviderAggregate[] = []
  /** Sums of the resources that were fetched outside of any provider. */
  readonly withoutProvider: ProviderAggregate
  readonly policies: PolicyEntry[] = []
  readonly diagnostics = new DiagnosticCounts()
  /** Errors of the operation itself. Those of its providers and resources are counted apart. */
  ownErrors = 0
  /** Provider, resource and policy spans that have started below it. */
  spans = 0
  /** How many of them are only in the sums and not sent. */
  dropped = 0
  ended = false
  /** Left out if it succeeds, since one of its name was recorded within its `minInterval`. */
  isFrequent = false
  readonly name: string
  private nameCount = 0
  private readonly folded = new Set<string>()
  private readonly publicize: Publicize

  /** @param name Its name when it starts. */
  constructor(publicize: Publicize, name: string) {
    this.publicize = publicize
    this.name = name
    this.withoutProvider = new ProviderAggregate('', this)
  }

  get errors(): number {
    return this.ownErrors + [this.withoutProvider, ...this.providers].reduce((sum, { errors }) => sum + errors, 0)
  }

  /** Number of names that are summed up under `_OTHER`. */
  get foldedNames(): number {
    return this.folded.size
  }

  addProvider(rawName: unknown): ProviderAggregate {
    const full = this.providers.length >= maxListed
    const last = this.providers.at(-1)
    if (full && last?.name === otherName) return last
    const name = full ? otherName : this.publicize('providers', rawName)
    const provider = new ProviderAggregate(name, this)
    this.providers.push(provider)
    return provider
  }

  /** Adds a policy. When the list is full, it is added to the last entry, `_OTHER`. */
  addPolicy(entry: PolicyEntry): void {
    const last = this.policies.at(-1)
    if (this.policies.length < maxListed) this.policies.push(entry)
    else if (last?.name !== otherName)
      this.policies.push({ ...entry, name: otherName, type: 'other', selector: 'none' })
    else {
      last.ms += entry.ms
      last.success &&= entry.success
    }
  }

  /** The tally for a resource: its own, or the provider's `_OTHER` once there are too many names. */
  tallyFor(provider: ProviderAggregate, rawName: string): Tally {
    const name = this.publicize('resources', rawName, provider.name)
    const existing = provider.resources.get(name)
    if (existing) return existing
    if (name !== privateName && this.nameCount >= maxNames) return this.otherTally(provider, name)
    this.nameCount += 1
    return this.createTally(provider, name)
  }

  private otherTally(provider: ProviderAggregate, name: string): Tally {
    if (this.folded.size < maxFolded) this.folded.add(`${provider.name} ${name}`)
    return provider.resources.get(otherName) ?? this.createTally(provider, otherName)
  }

  private createTally(provider: ProviderAggregate, name: string): Tally {
    const tally = new Tally()
    provider.resources.set(name, tally)
    return tally
  }

  /** Counts a diagnostic. One with an unknown severity or type is ignored. */
  addDiagnostic(diagnostic: Diagnostic, provider: ProviderAggregate | undefined): void {
    if (!isDiagnostic(diagnostic)) return
    this.diagnostics.add(diagnostic)
    provider?.diagnostics.add(diagnostic)
  }
}
