type Log = (line: string) => void

/**
 * The kind of a line. Lines that differ only in numbers are of one kind, so there are few kinds, however many requests
 * come.
 */
const kindOf = (line: string): string => line.replaceAll(/(?<!\d)\d+(?= (?:bytes|spans|events)\b)/g, '#')

/**
 * A log that writes the first line of a kind at once, and then writes each minute how many more there were. `flush`
 * writes the counts that are still open.
 */
export const countingRepeats = (log: Log, everyMs = 60_000): { readonly log: Log; readonly flush: () => void } => {
  const counts = new Map<string, { count: number; line: string }>()
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    for (const [kind, { count, line }] of counts) {
      if (count > 0) log(`${line} (${count} more in the last minute)`)
      if (count > 0) counts.set(kind, { count: 0, line })
      else counts.delete(kind)
    }
    if (counts.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
  return {
    flush,
    log: (line) => {
      const known = counts.get(kindOf(line))
      if (known) {
        known.count += 1
        return
      }
      log(line)
      counts.set(kindOf(line), { count: 0, line })
      timer ??= setInterval(flush, everyMs).unref()
    },
  }
}
