import { readChoice } from '../policy/consent-file.ts'
import type { Debug } from '../policy/debug.ts'
import { type Claim, Spool } from '../spool/claim.ts'
import type { Batch } from '../spool/line.ts'
import type { DestinationName } from '../spool/name.ts'
import type { Job } from './job.ts'
import type { Outcome } from './outcome.ts'
import { trackEvents } from './rudder/mapping.ts'

/** Claims that one request carries at most; what is left goes with the next. */
const maxClaims = 200

/** Consent is read again here, and again before each request: the user may have said no in the meantime. */
const allowedGeneration = (job: Job): string | undefined => {
  const choice = readChoice(job.consent)
  return choice.kind === 'enabled' ? choice.generation : undefined
}

/** What was recorded under another choice is never sent, whoever made the choice, and whenever. */
const takeClaims = (spool: Spool, generation: string): Claim[] => {
  const claims: Claim[] = []
  for (const name of spool.names()) {
    if (name.generation !== generation) spool.remove(name)
    else if (claims.length < maxClaims) claims.push(...[spool.claim(name) ?? []].flat())
  }
  return claims
}

const installationOf = ({ resource }: Batch): unknown => resource.attributes['app.installation.id']

/** A request carries one random id: an older id beside a new one would tell that they are the same person. */
const byInstallation = (claims: readonly Claim[]): Claim[][] => {
  const groups = new Map<unknown, Claim[]>()
  for (const claim of claims) {
    const id = claim.batches[0] && installationOf(claim.batches[0])
    groups.set(id, [...(groups.get(id) ?? []), claim])
  }
  return [...groups.values()]
}

const settled = ({ kind }: Outcome): boolean => kind !== 'retry'

/** A destination's outcome for each claim. Each exporter is loaded only where there is something for it. */
type Send = (claims: readonly Claim[], job: Job) => Promise<Outcome[]>

const toRudder: Send = async (claims, { rudder, deadline }) => {
  const { sendToRudder } = await import('./rudder/send.ts')
  const events = claims.flatMap(({ batches }) =>
    batches.flatMap(({ resource, spans }) => spans.flatMap((span) => trackEvents(span, resource))),
  )
  const deadlineMs = Math.max(1, deadline - Date.now())
  const { outcome } = await sendToRudder(events, rudder as NonNullable<Job['rudder']>, { deadlineMs })
  return claims.map(() => outcome)
}

const worst = (outcomes: readonly Outcome[]): Outcome | undefined =>
  outcomes.find(({ kind }) => kind === 'retry') ?? outcomes.at(-1)

const toOtlp: Send = async (claims, { otlp, deadline }) => {
  const { sendToOtlp } = await import('./otlp.ts')
  const batches = claims.flatMap(({ batches: own }) => own)
  const outcomes = await sendToOtlp(batches, otlp as NonNullable<Job['otlp']>, deadline)
  let at = 0
  return claims.map(({ batches: own }) => worst(outcomes.slice(at, (at += own.length))) ?? { kind: 'delivered' })
}

const senders: Record<DestinationName, Send> = { rudder: toRudder, otlp: toOtlp }

/** Sends to one destination what it has not got yet. A destination that is configured no more drops out. */
const sendTo = async (name: DestinationName, claims: readonly Claim[], job: Job, debug: Debug) => {
  const remaining = new Set<Claim>()
  const mine = claims.filter((claim) => claim.name.destinations.includes(name))
  if (mine.length === 0 || !job[name]) return remaining
  const outcomes = await senders[name](mine, job)
  for (const [index, claim] of mine.entries()) {
    const outcome = outcomes[index]
    if (outcome && settled(outcome)) continue
    remaining.add(claim)
  }
  debug(`${name}: ${mine.length - remaining.size} of ${mine.length} files done${reasonsOf(outcomes)}`)
  return remaining
}

const reasonsOf = (outcomes: readonly Outcome[]): string => {
  const reasons = new Set(outcomes.flatMap((outcome) => (outcome.kind === 'delivered' ? [] : [outcome.reason])))
  return reasons.size === 0 ? '' : ` (${[...reasons].join('; ')})`
}

/** Claim, send, settle: what is spooled, each destination for itself. Never rejects. */
export const drain = async (job: Job, debug: Debug): Promise<void> => {
  const spool = new Spool(job.spool)
  const generation = allowedGeneration(job)
  if (generation === undefined) return debug('nothing is sent: the choice of the user is no, or cannot be read')
  for (const group of byInstallation(takeClaims(spool, generation))) {
    if (allowedGeneration(job) !== generation) return
    const [rudder, otlp] = await Promise.all([sendTo('rudder', group, job, debug), sendTo('otlp', group, job, debug)])
    for (const claim of group) {
      const remaining: DestinationName[] = []
      if (rudder.has(claim)) remaining.push('rudder')
      if (otlp.has(claim)) remaining.push('otlp')
      spool.settle(claim, remaining)
    }
  }
}
