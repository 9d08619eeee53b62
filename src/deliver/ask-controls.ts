import type { Controls } from '../controls/controls.ts'
import { inForce } from '../controls/in-force.ts'
import { isDue, keep, type Kept, readKept } from '../controls/kept.ts'
import { verified } from '../controls/signature.ts'
import type { Job } from '../launch/job.ts'
import type { Debug } from '../machine/debug.ts'
import { layoutOf } from '../machine/layout.ts'
import type { Batch } from '../otlp/encode.ts'
import { allowedGeneration } from './allowed.ts'
import { type Answer, post } from './send/http.ts'

type Asked = NonNullable<Job['controls']>

/**
 * The longest request for the control file in milliseconds, and the share of the child's remaining time that it may
 * take.
 */
const maxMs = 3_000
const share = 0.25

/**
 * A kept time in the future comes from a wrong clock. If it was the publisher's, the file with the right time is older, and has
 * to replace it.
 */
const isOlder = (controls: Controls, before: Controls | undefined): boolean => {
  const [last, signed, now] = [Date.parse(before?.signed ?? ''), Date.parse(controls.signed), Date.now()]
  return signed < last && (last <= now || signed > now)
}

/** The controls that are in force after an answer. */
const afterAnswer = (answer: Answer, { publicKey, app }: Asked, before: Controls | undefined) => {
  const unchanged = (says: string) => ({ answer: says, controls: before })
  if (answer.kind === 'failure') return unchanged(answer.code ?? answer.reason)
  if (answer.status !== 200) return unchanged(`status ${answer.status}`)
  const controls = verified(answer.body.toString('utf8'), publicKey, app.name)
  if (typeof controls === 'string') return unchanged(controls)
  return isOlder(controls, before) ? unchanged('it is older than the one in force') : { answer: 'ok', controls }
}

/**
 * Requests the publisher's control file, at most once a day, and keeps it. If anything is wrong with it, the last valid
 * one stays in force. The time of the request is kept before it is sent, so that the next child does not repeat it if
 * this child is killed.
 */
export const askControls = async (job: Job, debug: Debug): Promise<void> => {
  const { controls: asked, directory } = job
  if (asked === undefined || directory === undefined || allowedGeneration(job) === undefined) return
  const path = layoutOf(directory).controls
  const kept = readKept(path)
  if (!isDue(kept?.asked)) return
  const save = (next: Omit<Kept, 'asked'>) => keep(path, { ...next, asked: Date.now() })
  try {
    save({ answer: 'no answer', controls: kept?.controls })
    const timeoutMs = Math.min(maxMs, Math.max(1, share * (job.endsAfterMs - performance.now())))
    const next = afterAnswer(await post({ url: asked.url, headers: {}, timeoutMs }), asked, kept?.controls)
    // The user may have said no meanwhile, which has deleted the file.
    if (allowedGeneration(job) === undefined) return
    save(next)
    debug(`controls: ${next.answer}`)
  } catch {
    debug('controls: what is asked cannot be kept, so it is not asked')
  }
}

/** Leaves out what the publisher has stopped, according to the version of the tool that recorded it. */
export const admitted = ({ controls: asked, directory }: Job): ((batches: readonly Batch[]) => readonly Batch[]) => {
  const controls = asked && directory !== undefined ? readKept(layoutOf(directory).controls)?.controls : undefined
  if (!controls) return (batches) => batches
  return (batches) =>
    batches.flatMap(({ resource, spans }) => {
      const { crashes, usage } = inForce(controls, String(resource.attributes['service.version']))
      const left = spans.filter(({ type }) => !(type === 'crash' ? crashes : usage))
      return left.length > 0 ? [{ resource, spans: left }] : []
    })
}
