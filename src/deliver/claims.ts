import type { Batch } from '../otlp/encode.ts'
import type { SpoolName } from '../spool/name.ts'
import type { Claim, Spool } from '../spool/reader.ts'

/** The most files and bytes of one request. They bound the child's memory, and what is sent again after a kill. */
const maxFiles = 100
const maxBytes = 250_000

/** Takes the next names off the list, as many as fit into one request, and claims those that are wanted. */
export const claimNext = (names: SpoolName[], spool: Spool, wanted: (name: SpoolName) => boolean): Claim[] => {
  const claims: Claim[] = []
  for (let bytes = 0; names.length > 0 && bytes < maxBytes && claims.length < maxFiles;) {
    const name = names.shift() as SpoolName
    const claim = wanted(name) ? spool.claim(name) : undefined
    if (!claim) continue
    claims.push(claim)
    bytes += claim.bytes
  }
  return claims
}

/** The random id. A run without one has a key of its own instead. */
const senderOf = ([batch]: readonly Batch[]): unknown =>
  batch?.resource.attributes['app.installation.id'] ?? batch?.resource.attributes['service.instance.id']

/**
 * Groups claims by random id. A request carries one id. An old id beside a new one, or two runs without an id, could
 * otherwise be linked to one person.
 */
export const byInstallation = (claims: readonly Claim[]): Claim[][] => {
  const groups = new Map<unknown, Claim[]>()
  for (const claim of claims) {
    const id = senderOf(claim.batches)
    groups.set(id, [...(groups.get(id) ?? []), claim])
  }
  return [...groups.values()]
}
