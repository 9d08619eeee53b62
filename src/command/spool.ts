import { plural } from '../inspect/view-span.ts'
import { type Json, locate, print, type Setting } from './setting.ts'
import { clear, waitingIn } from './waiting.ts'

/** The commands `spool list` and `spool clear`. */

export const listSpool = (setting: Setting, { json }: Json): void => {
  const waiting = waitingIn(locate(setting).files.spool)
  print(json, waiting, () =>
    waiting.length === 0
      ? 'Nothing waits.'
      : waiting
          .map(
            ({ begun, state, spans, bytes, file }) =>
              `${begun}  ${state.padEnd(9)} ${plural(spans, 'span')}, ${bytes} bytes  ${file}`,
          )
          .join('\n'),
  )
}

export const clearSpool = (setting: Setting, { json }: Json): void => {
  const deleted = clear(locate(setting).files.spool)
  print(json, { deleted }, () => `Deleted ${deleted} ${deleted === 1 ? 'file' : 'files'}.`)
}
