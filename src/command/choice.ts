import { saveChoice } from '../consent/choice.ts'
import { removeFile } from '../machine/files.ts'
import { type Json, locate, print, type Setting } from './setting.ts'
import { statusOf } from './status.ts'

/** The commands `enable`, `disable` and `id`. */

export const setChoice = (setting: Setting, enabled: boolean, { json }: Json): void => {
  const { files, randomIds } = locate(setting)
  try {
    saveChoice(files, enabled, randomIds)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(`the choice cannot be kept (${code ?? 'no code'}): check the rights of the home directory`, {
      cause: error,
    })
  }
  print(json, { enabled }, () =>
    enabled ? 'Telemetry is on.' : 'Telemetry is off. What was recorded and the random id are deleted.',
  )
}

export const showId = (setting: Setting, { reset, json }: Json & { readonly reset?: boolean }): void => {
  const { files, randomIds } = locate(setting)
  if (reset) for (const file of [...randomIds, files.secret]) removeFile(file)
  const { id } = statusOf(setting)
  print(json, { id }, () => id ?? 'There is no id: the next run that is recorded makes one.')
}
