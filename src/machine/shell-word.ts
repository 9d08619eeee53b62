/** The text as a word for a shell: in quotes, unless it only has plain characters. */
export const shellWord = (text: string, platform: NodeJS.Platform = process.platform): string => {
  if (platform === 'win32') return /^[\w@+=:,./\\-]+$/.test(text) ? text : `"${text}"`
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
