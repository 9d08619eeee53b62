import { discardRecorded, type Level, levels, saveChoice } from '../consent/choice.ts'
import { idsIn } from '../identity/random-id.ts'
import { removeIdentity } from '../machine/own-files.ts'
import { escapeControls } from '../machine/visible.ts'
import type { DestinationOptions } from './destinations.ts'
import type { ForgetResult } from './forget.ts'
import { forStdout } from './layout.ts'
import { type ExitCode, exitCodes, type Json, locate, print, type Setting, UsageError } from './setting.ts'
import { statusOf } from './status.ts'
import { countedText, levelText } from './status-text.ts'
import { why } from './why.ts'

/** The commands `enable`, `disable` and `id`. */

const leftText = (left: readonly string[]): string =>
  left.length === 0
    ? ''
    : `\nThese are left, because they are links, not yours, or cannot be deleted: ${escapeControls(left.join(', '))}`

const textAfter = (forgotten: ForgetResult | undefined): string => (forgotten ? `\n${forgotten.text}` : '')

const keeping = (directory: string, write: () => readonly string[]): readonly string[] => {
  try {
    return write()
  } catch (error) {
    throw new Error(`the choice ${why('kept', error)}. Check that you can write to ${directory}`, {
      cause: error,
    })
  }
}

const save = (setting: Setting, to: Level | 'disabled'): readonly string[] => {
  const { files, randomIds } = locate(setting)
  return keeping(files.directory, () => saveChoice(files, to, randomIds))
}

export interface EnableOptions extends Json {
  readonly only?: string
}

export const enable = (setting: Setting, { only = 'all', json }: EnableOptions): void => {
  const level = levels.find((each) => each === only)
  if (!level) throw new UsageError('--only must be crashes, usage or all')
  save(setting, level)
  // A switch, a file or the tool may say no all the same.
  const { enabled, rule } = statusOf(setting)
  print(json, { enabled, level, ...(!enabled && { rule }) }, () =>
    forStdout(
      enabled
        ? `Telemetry is ${levelText[level]}.`
        : `Your choice is kept: ${levelText[level]}. Telemetry is off here all the same (${escapeControls(rule)}).`,
    ),
  )
}

export interface ForgetOptions extends DestinationOptions, Json {
  readonly forget?: boolean
}

/** Stores a request for `--forget`. Returns a function that sends it after the command has done the rest. */
const prepare = async (setting: Setting, options: ForgetOptions, command: string) => {
  if (!options.forget) return undefined
  const { prepareForget } = await import('./forget.ts')
  return prepareForget(setting, locate(setting), options, command)
}

export const disable = async (setting: Setting, options: ForgetOptions): Promise<ExitCode> => {
  const send = await prepare(setting, options, 'disable --forget')
  const left = save(setting, 'disabled')
  const forgotten = await send?.()
  const result = { enabled: false, ...(left.length > 0 && { left }), ...(forgotten && { forget: forgotten.sent }) }
  print(options.json, result, () =>
    forStdout(
      'Telemetry is off.' +
        (left.length === 0 ? ' What was recorded and the random id are deleted.' : '') +
        leftText(left) +
        textAfter(forgotten),
    ),
  )
  return forgotten?.code ?? 0
}

export interface IdOptions extends ForgetOptions {
  readonly reset?: boolean
}

const resetIdentity = (setting: Setting, { forget }: IdOptions): readonly string[] => {
  const { files, randomIds } = locate(setting)
  return [
    ...(forget ? keeping(files.directory, () => discardRecorded(files)) : []),
    ...removeIdentity(files, randomIds),
  ]
}

export const showId = async (setting: Setting, options: IdOptions): Promise<ExitCode> => {
  const { reset, forget, json } = options
  const idsBefore = idsIn(locate(setting).randomIds)
  if (forget && !reset) throw new UsageError('--forget goes with --reset')
  const send = await prepare(setting, options, 'id --reset --forget')
  // Read before a reset: outside of the tool, only the stored marks of a run show that it sends no id.
  const { counted, id: before } = statusOf(setting)
  const left = reset ? resetIdentity(setting, options) : []
  const forgotten = await send?.()
  const { id } = statusOf(setting)
  const isLeft = reset && id !== null && idsBefore.includes(id)
  const says = () => {
    if (isLeft) return `The random id could not be deleted: ${id}`
    const gone = reset && before !== null ? 'The random id is deleted.' : 'There is no id.'
    if (!counted) return id ?? `${gone} The next run that is recorded makes one.`
    if (!reset) return `No id is sent. ${countedText(counted)}`
    return 'No id is sent. The next run that is recorded counts as the first of a new installation.'
  }
  const result = {
    id,
    ...(counted && { counted: reset ? null : counted }),
    ...(left.length > 0 && { left }),
    ...(forgotten && { forget: forgotten.sent }),
  }
  print(json, result, () => forStdout(says() + leftText(left) + textAfter(forgotten)))
  return isLeft ? exitCodes.failed : (forgotten?.code ?? 0)
}
