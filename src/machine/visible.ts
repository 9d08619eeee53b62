/**
 * The one door to the terminal. Whatever this package prints may hold text of others: of a log, a spool or a collector's file,
 * names of files, options of the host. Control characters in it could move the cursor, set the window's title, write the
 * clipboard, hide text or reverse its direction. They are shown as escapes.
 */

/** Control, format, private and unassigned characters, lone surrogates, line separators, and what has no width. */
const invisible = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
/** The same, and before them the colours that this package sets itself. */
// oxlint-disable-next-line no-control-regex
const colourOrInvisible = /\u001b\[(?:0|1|2|22|3[1-69])m|[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const escaped = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`

/** A text that is a part of a line. */
export const escapeControls = (text: string): string => text.replaceAll(invisible, escaped)

/** Whole lines. `colours` lets our own colours through. */
export const escapeLines = (text: string, colours = false): string =>
  text.replaceAll(colours ? colourOrInvisible : invisible, (match) =>
    match === '\n' || match.length > 2 ? match : escaped(match),
  )

/** JSON stays valid: outside of its strings there is nothing to escape but line ends. */
export const escapeJson = (json: string): string =>
  json.replaceAll(invisible, (match) =>
    match === '\n'
      ? match
      : Array.from({ length: match.length }, (_, index) => match.charCodeAt(index))
          .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
          .join(''),
  )

/** Shows on a terminal what a command is busy with, in the place of the line before; an empty text clears it. */
export const showBusy = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${escapeControls(text)}`)
}
