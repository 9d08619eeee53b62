/** Dates as people say them, in the time zone of this machine. `--json` prints the exact dates. */

const dayMs = 86_400_000
/** If a date is more days away, it is shown instead of the number of days. */
const maxDays = 30

const two = (value: number): string => String(value).padStart(2, '0')
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Days between two midnights, even if a day has 23 or 25 hours. */
const daysBetween = (from: Date, to: Date): number => {
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  return Math.round((midnight(to) - midnight(from)) / dayMs)
}

/** E.g. `today 14:03`, `yesterday 09:30`, `3 days ago`, `in 2 days`, `26 Oct 2026`. */
export const when = (date: Date, now = new Date()): string => {
  if (Number.isNaN(date.getTime())) return 'at an unknown time'
  const days = daysBetween(date, now)
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`
  if (days === 0) return `today ${time}`
  if (days === 1) return `yesterday ${time}`
  if (days === -1) return `tomorrow ${time}`
  if (Math.abs(days) <= maxDays) return days > 0 ? `${days} days ago` : `in ${-days} days`
  return `${date.getDate()} ${months[date.getMonth()] ?? ''} ${date.getFullYear()}`
}
