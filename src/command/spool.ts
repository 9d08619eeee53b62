import { Spool } from '../spool/reader.ts'
import { plural } from '../inspect/view-span.ts'
import { type Json, locate, print, type Setting } from './setting.ts'
import { forStdout } from './layout.ts'
import { clear, type Cleared, waitingIn } from './waiting.ts'
import { when } from './when.ts'

/** The commands `spool list` and `spool clear`. */

export const listSpool = (setting: Setting, { json }: Json): void => {
  const waiting = waitingIn(locate(setting).files.spool)
  print(json, waiting, () =>
    waiting.length === 0
      ? 'Nothing waits.'
      : waiting
          .map(
            ({ begun, state, spans, bytes }) =>
              `${when(new Date(begun)).padEnd(15)}  ${state.padEnd(9)} ${plural(spans, 'span')}, ${plural(bytes, 'byte')}`,
          )
          .join('\n'),
  )
}

const clearedText = ({ deleted, sending }: Cleared): string =>
  `Deleted ${deleted} ${deleted === 1 ? 'file' : 'files'}` +
  (sending === 0 ? '.' : `; ${sending} of them ${sending === 1 ? 'was' : 'were'} being sent, and may have arrived.`)

export const clearSpool = (setting: Setting, { json }: Json): void => {
  const { files } = locate(setting)
  const cleared = clear(new Spool(files.spool), files.spool)
  print(json, cleared, () => forStdout(clearedText(cleared)))
}
