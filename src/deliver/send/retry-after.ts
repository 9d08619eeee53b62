/**
 * `Retry-After` in milliseconds: seconds, or a date in any of the three forms of HTTP (RFC 9110, sections 10.2.3 and
 * 5.6.7). Undefined for anything else.
 */
export const retryAfterMs = (header: string | undefined, now: number): number | undefined => {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  if (!/^(?:mon|tue|wed|thu|fri|sat|sun)/i.test(text)) return undefined
  // C's asctime format does not say that its time is UTC.
  const time = Date.parse(/gmt$/i.test(text) ? text : `${text} GMT`)
  return Number.isNaN(time) ? undefined : Math.max(0, time - now)
}
