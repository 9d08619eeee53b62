import type { Publicize } from '../schema/names.ts'
import { maxMembers, otherName, privateName } from '../schema/shapes.ts'
import type { Diagnostic } from '../api/telemetry.ts'
import type { FetchStatus } from '../schema/vocabulary.ts'
import { DiagnosticCounts, type Fetch, Tally } from './tally.ts'

/** Providers, and policies, that an operation lists one by one; what comes after is summed up under `_OTHER`. */
export const maxUnits = 100
/** Raw names whose public form is remembered, so that a predicate of the host's is not asked a million times. */
const maxRemembered = 4_096
/** Folded names that are told apart; their number is exact up to here. */
const maxFolded = 10_000

/** The sums of one provider at work. */
export class ProviderAggregate {
  readonly resources = new Map<string, Tally>()
  readonly total = new Tally()
  readonly diagnostics = new DiagnosticCounts()
  private readonly remembered = new Map<string, Tally>()
  version = 'unknown'
  status: FetchStatus = 'successful'
  ms = 0
  /** Errors of the provider itself, beside those of its resources. */
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
    const known = this.remembered.get(rawName)
    if (known) return known
    const tally = this.operation.tallyFor(this, rawName)
    if (this.remembered.size < maxRemembered) this.remembered.set(rawName, tally)
    return tally
  }
}

export interface PolicyEntry {
  readonly name: string
  readonly type: string
  readonly selector: string
  readonly private: boolean
  readonly persistence: string
  success: boolean
  ms: number
}

/** The sums of one operation, over all that happens below it. */
export class OperationAggregate {
  readonly providers: ProviderAggregate[] = []
  /** Resources that are fetched outside of any provider. */
  readonly loose: ProviderAggregate
  readonly policies: PolicyEntry[] = []
  readonly diagnostics = new DiagnosticCounts()
  ownErrors = 0
  spans = 0
  dropped = 0
  ended = false
  private names = 0
  private readonly folded = new Set<string>()
  private readonly publicize: Publicize

  constructor(publicize: Publicize) {
    this.publicize = publicize
    this.loose = new ProviderAggregate('', this)
  }

  get errors(): number {
    return this.ownErrors + [this.loose, ...this.providers].reduce((sum, { errors }) => sum + errors, 0)
  }

  get foldedNames(): number {
    return this.folded.size
  }

  addProvider(rawName: unknown): ProviderAggregate {
    const full = this.providers.length >= maxUnits
    const last = this.providers.at(-1)
    if (full && last?.name === otherName) return last
    const name = full ? otherName : this.publicize('providers', rawName)
    const provider = new ProviderAggregate(name, this)
    this.providers.push(provider)
    return provider
  }

  /** Beyond the bound, policies are summed up in the last entry. */
  addPolicy(entry: PolicyEntry): void {
    const last = this.policies.at(-1)
    if (this.policies.length < maxUnits) this.policies.push(entry)
    else if (last?.name !== otherName)
      this.policies.push({ ...entry, name: otherName, type: 'other', selector: 'none' })
    else {
      last.ms += entry.ms
      last.success &&= entry.success
    }
  }

  /** The sum for a name: its own up to the bound on names, then the provider's `_OTHER`. */
  tallyFor(provider: ProviderAggregate, rawName: string): Tally {
    const name = this.publicize('resources', rawName, provider.name)
    const known = provider.resources.get(name)
    if (known) return known
    if (name !== privateName && this.names >= maxMembers - 2 * maxUnits - 2) return this.fold(provider, name)
    this.names += 1
    return this.create(provider, name)
  }

  private fold(provider: ProviderAggregate, name: string): Tally {
    if (this.folded.size < maxFolded) this.folded.add(`${provider.name} ${name}`)
    return provider.resources.get(otherName) ?? this.create(provider, otherName)
  }

  private create(provider: ProviderAggregate, name: string): Tally {
    const tally = new Tally()
    provider.resources.set(name, tally)
    return tally
  }

  addDiagnostic(diagnostic: Diagnostic, provider: ProviderAggregate | undefined): void {
    this.diagnostics.add(diagnostic)
    provider?.diagnostics.add(diagnostic)
  }
}
