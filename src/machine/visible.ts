/**
 * Makes everything that this package prints safe for a terminal. It may contain foreign text: from a log, a spool or a
 * collector's file, from file names, or from options of the host. Control characters in it could move the cursor, set
 * the window's title, write to the clipboard, hide text or reverse its direction. They are shown as escapes.
 */

/**
 * Control, format, private and unassigned characters, lone surrogates, line separators, and characters without width.
 */
const invisible = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
/** The same, and before them the colours that this package sets itself. */
// oxlint-disable-next-line no-control-regex
const colourOrInvisible = /\u001b\[(?:0|1|2|22|3[1-69])m|[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const escaped = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`

/** Escapes a text that is a part of a line. */
export const escapeControls = (text: string): string => text.replaceAll(invisible, escaped)

/** Escapes whole lines. `colours` lets our own colours through. */
export const escapeLines = (text: string, colours = false): string =>
  text.replaceAll(colours ? colourOrInvisible : invisible, (match) =>
    match === '\n' || match.length > 2 ? match : escaped(match),
  )

/** Escapes JSON, which stays valid: outside of its strings only line ends would need an escape, and they stay. */
export const escapeJson = (json: string): string =>
  json.replaceAll(invisible, (match) =>
    match === '\n'
      ? match
      : Array.from({ length: match.length }, (_, index) => match.charCodeAt(index))
          .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
          .join(''),
  )

/** Shows on a terminal what a command is doing, in place of the line before. An empty text clears the line. */
export const showBusy = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${escapeControls(text)}`)
}
