import type { Batch } from '../otlp/encode.ts'
import type { SpoolName } from '../spool/name.ts'
import type { Claim, Spool } from '../spool/reader.ts'

/** Files and bytes of one request. They bound the child's memory, and what is sent again after a kill. */
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

/** The random id; of a run that has none, what tells it from any other. */
const senderOf = ([batch]: readonly Batch[]): unknown =>
  batch?.resource.attributes['app.installation.id'] ?? batch?.resource.attributes['service.instance.id']

/**
 * Groups claims by random id. A request carries one id: an old one beside a new one would link them to one person, and so would
 * two runs without an id.
 */
export const byInstallation = (claims: readonly Claim[]): Claim[][] => {
  const groups = new Map<unknown, Claim[]>()
  for (const claim of claims) {
    const id = senderOf(claim.batches)
    groups.set(id, [...(groups.get(id) ?? []), claim])
  }
  return [...groups.values()]
}
