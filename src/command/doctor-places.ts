import { dirname } from 'node:path'
import { findRandomId } from '../identity/random-id.ts'
import { choiceFor } from '../consent/choice.ts'
import { statOf } from '../machine/read-file.ts'
import { plural } from '../inspect/view-span.ts'
import type { Check } from './doctor-check.ts'
import { type Paths, pathsFor } from '../machine/layout.ts'
import { keepsNothing, nearestExisting } from './place-problem.ts'
import { remedyFor, type Setting } from './setting.ts'
import { type Status, statusOf } from './status.ts'
import { countedText, onOrOff } from './status-text.ts'
import { when } from './when.ts'

/** The checks of this machine: the user's choice, files, random id, spool, delivery, child and certificates. */

const check = (name: string, state: Check['state'], says: string, remedy?: string): Check => ({
  check: name,
  state,
  says,
  ...(remedy !== undefined && { remedy }),
})

const choiceCheck = ({ typed }: Setting, status: Status, paths: Paths): Check => {
  const says = `telemetry is ${onOrOff(status)} (${status.rule})`
  if (!['unreadable', 'foreign'].includes(choiceFor(paths).kind)) return check('choice', 'ok', says)
  return check(
    'choice',
    'problem',
    says,
    `look at ${String(paths.consent)}, or write it anew with "${typed} enable" or "${typed} disable"`,
  )
}

const filesCheck = ({ problem }: Status, paths: Paths): Check => {
  const { files } = paths
  if (!files) return check('files', 'problem', `${String(problem)}: ${keepsNothing}`, remedyFor(paths))
  const place = nearestExisting(files.spool)
  if (problem !== null)
    return check(
      'files',
      'problem',
      `${problem}: ${keepsNothing}`,
      `make room, and give yourself the right to write to ${place}`,
    )
  const writableByOthers = (statOf(place)?.mode ?? 0) & 0o022
  if (process.platform !== 'win32' && place.startsWith(dirname(files.directory)) && writableByOthers !== 0)
    return check('files', 'warning', `others can write to ${place}`, `chmod go-w ${place}`)
  return check('files', 'ok', `${place} can be written`)
}

const idCheck = ({ counted }: Status, { randomIds }: Paths): Check => {
  if (counted) return check('id', 'ok', `none is sent. ${countedText(counted)}`)
  const found = findRandomId(randomIds, () => undefined)
  const [first, second] = randomIds
  if (typeof found !== 'object') return check('id', 'ok', 'there is none: the next run that is recorded makes one')
  const where = randomIds.find((path) => statOf(path)?.isFile())
  if (where !== undefined && where === second && where !== first)
    return check(
      'id',
      'warning',
      `it comes from ${where}, in the working directory`,
      'delete it if the directory is not yours: whoever made it knows this id',
    )
  return check('id', 'ok', `${found.id} in ${where ?? ''}`)
}

const dayMs = 86_400_000

const waitingCheck = ({ typed }: Setting, { spool }: Status): Check => {
  if (spool.files === 0) return check('spool', 'ok', 'nothing waits')
  const days = spool.oldest === null ? 0 : Math.floor((Date.now() - Date.parse(spool.oldest)) / dayMs)
  const since = days === 0 ? 'since today' : `for ${plural(days, 'day')}`
  const says = `${plural(spool.files, 'file waits', 'files wait')}, the oldest ${since}`
  if (days < 7) return check('spool', 'ok', says)
  return check(
    'spool',
    'warning',
    says,
    `see below whether the endpoints answer; "${typed} flush" sends it, "${typed} spool clear" drops it`,
  )
}

/** Dates are exact for programs, and in words for people. */
const deliveryChecks = ({ delivery }: Status, exact: boolean): Check[] =>
  Object.entries(delivery).map(([name, { last, at, failures, notBefore }]) => {
    const date = (ms: number) => (exact ? new Date(ms).toISOString() : when(new Date(ms)))
    const says = exact ? `${last} at ${date(at)}` : `${last} (${date(at)})`
    if (failures === 0) return check(`delivery to ${name}`, 'ok', says)
    const again = notBefore > Date.now() ? `, again not before ${date(notBefore)}` : ''
    return check(`delivery to ${name}`, 'warning', `${says}, ${failures} times in a row${again}`)
  })

const childCheck = ({ typed }: Setting, { child }: Status): Check => {
  const flush = `"${typed} flush" sends it`
  if (child.kind === 'process') return check('child', 'ok', child.says)
  if (child.kind === 'thread') return check('child', 'warning', child.says, `${flush} too`)
  return check(
    'child',
    'problem',
    child.says,
    `${flush}; authors of a bundled tool ship "cq-telemetry/child" and name its path by the option "child"`,
  )
}

const certificateChecks = (env: NodeJS.ProcessEnv): Check[] =>
  ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].flatMap((name) => {
    const file = env[name]
    if (!file) return []
    if (statOf(file)?.isFile()) return [check('certificates', 'ok', `${name} is there`)]
    return [check('certificates', 'problem', `${name} names ${file}, which is no file`, `correct ${name}, or unset it`)]
  })

/** The checks. They only read files: they write nothing and send no request. */
export const placeChecks = (setting: Setting, exact: boolean): Check[] => {
  const paths = pathsFor(setting)
  const status = statusOf(setting)
  return [
    choiceCheck(setting, status, paths),
    filesCheck(status, paths),
    idCheck(status, paths),
    waitingCheck(setting, status),
    ...deliveryChecks(status, exact),
    childCheck(setting, status),
    ...certificateChecks(process.env),
  ]
}
