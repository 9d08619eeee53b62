import type { Batch } from '../otlp/encode.ts'
import { markedSpan, type SpoolName } from '../spool/name.ts'
import type { Claim, Spool } from '../spool/reader.ts'

/** What one request carries at most: it holds the child's memory, and what a refusal or a kill repeats, small. */
const maxFiles = 500
const maxBytes = 1_000_000

/** Takes the next names off the list, as many as one request carries, and claims those that are wanted. */
export const claimNext = (names: SpoolName[], spool: Spool, wanted: (name: SpoolName) => boolean): Claim[] => {
  const claims: Claim[] = []
  for (let bytes = 0; names.length > 0 && bytes < maxBytes && claims.length < maxFiles;) {
    const name = names.shift() as SpoolName
    const claim = markedSpan(name) === undefined && wanted(name) ? spool.claim(name) : undefined
    if (!claim) continue
    claims.push(claim)
    bytes += claim.bytes
  }
  return claims
}

const installationOf = ([batch]: readonly Batch[]): unknown => batch?.resource.attributes['app.installation.id']

/** A request carries one random id: an older id beside a new one would tell that they are the same person. */
export const byInstallation = (claims: readonly Claim[]): Claim[][] => {
  const groups = new Map<unknown, Claim[]>()
  for (const claim of claims) {
    const id = installationOf(claim.batches)
    groups.set(id, [...(groups.get(id) ?? []), claim])
  }
  return [...groups.values()]
}
