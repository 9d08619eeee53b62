import { type Level, levels, saveChoice } from '../consent/choice.ts'
import { removeIdentity } from '../machine/own-files.ts'
import { escapeControls } from '../machine/visible.ts'
import { forStdout } from './layout.ts'
import { type Json, locate, print, type Setting, UsageError } from './setting.ts'
import { countedText, levelText, statusOf } from './status.ts'
import { why } from './why.ts'

/** The commands `enable`, `disable` and `id`. */

const leftText = (left: readonly string[]): string =>
  left.length === 0 ? '' : `\nThese are left, because they are links or not yours: ${escapeControls(left.join(', '))}`

const save = (setting: Setting, to: Level | 'disabled'): readonly string[] => {
  const { files, randomIds } = locate(setting)
  try {
    return saveChoice(files, to, randomIds)
  } catch (error) {
    throw new Error(`the choice ${why('kept', error)}. Check that you can write to ${files.directory}`, {
      cause: error,
    })
  }
}

export interface EnableOptions extends Json {
  readonly only?: string
}

export const enable = (setting: Setting, { only = 'all', json }: EnableOptions): void => {
  const level = levels.find((each) => each === only)
  if (!level) throw new UsageError('--only must be crashes, usage or all')
  save(setting, level)
  print(json, { enabled: true, level }, () => forStdout(`Telemetry is ${levelText[level]}.`))
}

export const disable = (setting: Setting, { json }: Json): void => {
  const left = save(setting, 'disabled')
  print(json, { enabled: false, ...(left.length > 0 && { left }) }, () =>
    forStdout(`Telemetry is off. What was recorded and the random id are deleted.${leftText(left)}`),
  )
}

export const showId = (setting: Setting, { reset, json }: Json & { readonly reset?: boolean }): void => {
  const { files, randomIds } = locate(setting)
  // Before a reset: outside of the tool, what a run has kept says that it sends no id.
  const { counted } = statusOf(setting)
  const left = reset ? removeIdentity(files, randomIds) : []
  const { id } = statusOf(setting)
  const says = () => {
    if (!counted) return id ?? 'There is no id. The next run that is recorded makes one.'
    if (!reset) return `No id is sent. ${countedText(counted)}`
    return 'No id is sent. The next run that is recorded counts as the first of a new installation.'
  }
  print(json, { id, ...(counted && { counted: reset ? null : counted }), ...(left.length > 0 && { left }) }, () =>
    forStdout(says() + leftText(left)),
  )
}
