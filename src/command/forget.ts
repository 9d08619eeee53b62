import { captureFile } from '../consent/switches.ts'
import { senderFor } from '../deliver/batch-sender.ts'
import { type Outcome, together } from '../deliver/send/outcome.ts'
import { outcomesOf } from '../deliver/send/requests.ts'
import { idsIn } from '../identity/random-id.ts'
import { type Destinations, sinksOf } from '../launch/destinations.ts'
import type { Job } from '../launch/job.ts'
import { sha1 } from '../machine/ids.ts'
import { escapeControls, showBusy } from '../machine/visible.ts'
import type { Batch } from '../otlp/encode.ts'
import { alreadyPublic } from '../schema/names.ts'
import { type HrTime, sanitizeResource, sanitizeSpan } from '../schema/sanitize.ts'
import { type DestinationName, destinationNames } from '../spool/name.ts'
import { type DestinationOptions, destinationsFor } from './destinations.ts'
import { trustSystem } from './doctor-endpoints.ts'
import { keepRequest, noteTaken, type Request, requestsIn } from './forget-requests.ts'
import { type ExitCode, exitCodes, type Located, type Setting } from './setting.ts'

/**
 * `--forget`: asks the publisher's servers to delete what they have received under the random id. The command waits for
 * their answers.
 */

/**
 * The request as a span of its own trace. Its ids follow from the installation's id, so that a repeated request is the
 * same event.
 */
const batchFor = ({ tool, options }: Setting, id: string, now: number): Batch => {
  const resource = sanitizeResource(
    { 'service.name': tool, 'service.version': options?.app.version, 'app.installation.id': id },
    alreadyPublic,
    'client',
  )
  const digits = sha1(`forget\0${tool}\0${id}`)
  const time: HrTime = [Math.floor(now / 1000), (now % 1000) * 1_000_000]
  const span = sanitizeSpan(
    {
      traceId: digits.slice(0, 32),
      spanId: digits.slice(-16),
      parentSpanId: undefined,
      startTime: time,
      endTime: time,
      attributes: { 'cq.span.type': 'forget' },
    },
    resource,
    alreadyPublic,
  )
  return { resource, spans: span ? [span] : [] }
}

/** Milliseconds for all requests together. */
const limitMs = 10_000

/** What a server answered, in words; undefined if it has accepted the request. */
const failureOf = (outcome: Outcome): string | undefined => {
  if (outcome.kind === 'delivered') return undefined
  const { reason } = outcome
  return outcome.kind === 'retry' && outcome.code !== undefined ? `${reason} (${outcome.code})` : reason
}

/** The result of a request, as `--json` prints it. */
export interface Forgotten {
  readonly id: string
  /** Whether every destination has taken it that is known here, or was when it was sent before. */
  readonly done: boolean
  /** `taken`, or the reason why not. */
  readonly delivery: Partial<Record<DestinationName, string>>
}

const unknown = 'no server is known here'

/** Sends a request to the destinations that have not taken it, and notes which have. */
const sendRequest = async (request: Request, job: Job, batch: Batch, directory: string): Promise<Forgotten> => {
  const known = destinationNames.filter((name) => job[name])
  const answers = await Promise.all(
    known.map(async (name) => {
      if (request.taken.includes(name)) return [name, 'taken'] as const
      const outcomes = await outcomesOf(senderFor(name, job, {}).send([batch]))
      return [name, failureOf(together(outcomes)) ?? 'taken'] as const
    }),
  )
  const { id } = request
  const took = answers.flatMap(([name, answer]) => (answer === 'taken' ? [name] : []))
  const taken = destinationNames.filter((name) => took.includes(name) || request.taken.includes(name))
  const wanted = [...known, ...request.lacking]
  const lacking = destinationNames.filter((name) => wanted.includes(name) && !taken.includes(name))
  const done = known.length > 0 && lacking.length === 0
  noteTaken(directory, request, done ? undefined : { id, taken, lacking })
  const elsewhere = lacking.filter((name) => !known.includes(name)).map((name) => [name, unknown] as const)
  return { id, done, delivery: Object.fromEntries([...answers, ...elsewhere]) }
}

const sendAll = async (setting: Setting, directory: string, destinations: Destinations): Promise<Forgotten[]> => {
  trustSystem()
  showBusy('sending …')
  const job: Job = { ...sinksOf(destinations), endsAfterMs: performance.now() + limitMs, debug: false }
  const sent: Forgotten[] = []
  // One after the other, since a request with two ids would reveal that they belong together.
  for (const request of requestsIn(directory))
    sent.push(await sendRequest(request, job, batchFor(setting, request.id, Date.now()), directory))
  showBusy('')
  return sent
}

const noPlace = `${unknown}: use the command of the tool itself, or give --otlp-endpoint, or --rudder-url and --write-key-file`

const linesOf = ({ id, delivery }: Forgotten, nowhere: string): string[] => {
  const answers = Object.entries(delivery)
  return [
    `Request to delete what was received under ${id}:`,
    ...answers.map(([name, answer]) => `${name.padEnd(8)} ${escapeControls(answer)}`),
    ...(answers.every(([, answer]) => answer === unknown) ? [nowhere] : []),
  ]
}

const textOf = (sent: readonly Forgotten[], nowhere: string, again: string, directory: string): string => {
  if (sent.length === 0) return 'There is no random id, so there is nothing to forget: no request was sent.'
  const left = sent.some(({ done }) => !done)
  const remedy = `Not every request is taken. Run "${again}" again; until then ${escapeControls(directory)} keeps the id.`
  return [...sent.flatMap((each) => linesOf(each, nowhere)), ...(left ? [remedy] : [])].join('\n')
}

/** The result of the requests, for the command that they are part of. */
export interface ForgetResult {
  readonly sent: readonly Forgotten[]
  readonly text: string
  readonly code: ExitCode
}

/**
 * Keeps a request for each id that there is, before the command deletes it, and returns a function that sends what is kept.
 * `command` is what the user types. Throws if the request cannot be kept, or for a wrong option, which it names.
 */
export const prepareForget = (
  setting: Setting,
  { files, randomIds }: Located,
  options: DestinationOptions,
  command: string,
): (() => Promise<ForgetResult>) => {
  // A test that captures what a tool would send must send nothing.
  const destinations = captureFile(process.env) === undefined ? destinationsFor(setting, options) : {}
  const directory = files.forget
  try {
    for (const id of idsIn(randomIds)) keepRequest(directory, id)
  } catch (error) {
    const { code = 'no code' } = error as NodeJS.ErrnoException
    throw new Error(
      `the request cannot be kept (${code}), so nothing was changed: check the rights of the home directory`,
      { cause: error },
    )
  }
  return async () => {
    const sent = await sendAll(setting, directory, destinations)
    const code = sent.every(({ done }) => done) ? 0 : exitCodes.failed
    return { sent, code, text: textOf(sent, destinations.problem ?? noPlace, `${setting.typed} ${command}`, directory) }
  }
}
