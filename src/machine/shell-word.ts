/** As a shell takes it: in quotes, unless it has plain characters alone. */
export const shellWord = (text: string, platform: NodeJS.Platform = process.platform): string => {
  if (platform === 'win32') return /^[\w@+=:,./\\-]+$/.test(text) ? text : `"${text}"`
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
