import { saveChoice } from '../consent/choice.ts'
import { removeIdentity } from '../machine/own-files.ts'
import { escapeControls } from '../machine/visible.ts'
import { type Json, locate, print, type Setting } from './setting.ts'
import { countedText, statusOf } from './status.ts'

/** The commands `enable`, `disable` and `id`. */

const leftText = (left: readonly string[]): string =>
  left.length === 0 ? '' : `\nExcept for these, which are links or not yours: ${escapeControls(left.join(', '))}`

export const setChoice = (setting: Setting, enabled: boolean, { json }: Json): void => {
  const { files, randomIds } = locate(setting)
  let left: readonly string[]
  try {
    left = saveChoice(files, enabled, randomIds)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(`the choice cannot be kept (${code ?? 'no code'}): check the rights of the home directory`, {
      cause: error,
    })
  }
  print(json, { enabled, ...(left.length > 0 && { left }) }, () => {
    if (enabled) return 'Telemetry is on.'
    return `Telemetry is off. What was recorded and the random id are deleted.${leftText(left)}`
  })
}

export const showId = (setting: Setting, { reset, json }: Json & { readonly reset?: boolean }): void => {
  const { files, randomIds } = locate(setting)
  // Before a reset: outside of the tool, what a run has kept says that it sends no id.
  const { counted } = statusOf(setting)
  const left = reset ? removeIdentity(files, randomIds) : []
  const { id } = statusOf(setting)
  const says = () => {
    if (!counted) return id ?? 'There is no id: the next run that is recorded makes one.'
    if (!reset) return `No id is sent. ${countedText(counted)}`
    return 'No id is sent. The next run that is recorded counts as the first of a new installation.'
  }
  print(
    json,
    { id, ...(counted && { counted: reset ? null : counted }), ...(left.length > 0 && { left }) },
    () => says() + leftText(left),
  )
}
