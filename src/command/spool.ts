import { Spool } from '../spool/reader.ts'
import { plural } from '../inspect/view-span.ts'
import { type Json, locate, print, type Setting } from './setting.ts'
import { forStdout } from './layout.ts'
import { clear, type Cleared, type Waiting, waitingIn } from './waiting.ts'
import { when } from './when.ts'

/** The commands `spool list` and `spool clear`. */

const lineOf = ({ begun, state, spans, bytes }: Waiting): string =>
  `${when(new Date(begun)).padEnd(15)}  ${state.padEnd(9)} ${plural(spans, 'span')}, ${plural(bytes, 'byte')}`

export const listSpool = (setting: Setting, { json }: Json): void => {
  const waiting = waitingIn(locate(setting).files.spool)
  print(json, waiting, () => forStdout(waiting.length === 0 ? 'Nothing waits.' : waiting.map(lineOf).join('\n')))
}

const clearedText = ({ deleted, sending }: Cleared): string =>
  `Deleted ${deleted} ${deleted === 1 ? 'file' : 'files'}` +
  (sending === 0 ? '.' : `; ${sending} of them ${sending === 1 ? 'was' : 'were'} being sent, and may have arrived.`)

export const clearSpool = (setting: Setting, { json }: Json): void => {
  const { files } = locate(setting)
  const cleared = clear(new Spool(files.spool), files.spool)
  print(json, cleared, () => forStdout(clearedText(cleared)))
}
