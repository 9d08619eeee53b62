/** A version in the form of the option `app.version`: `1.2.3`, `v1.2`, `1.2.3-rc.1`. */
const pattern = /^v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?(-[0-9A-Za-z.-]{1,32})?$/

const numbersOf = ([, ...parts]: RegExpExecArray): number[] => parts.slice(0, 3).map((part) => Number(part ?? 0))

/** An exact version, or `<` and a version that is no pre-release. */
export const isVersionRange = (value: unknown): value is string =>
  typeof value === 'string' &&
  (value.startsWith('<')
    ? pattern.exec(value.slice(1))?.[4] === undefined && pattern.test(value.slice(1))
    : pattern.test(value))

/**
 * Whether a version is in a range. `v1.2` is the same version as `1.2.0`. A pre-release comes before its version: `1.2.3-rc.1` is
 * in `<1.2.3`. An invalid version is in no range. A range of an unknown form contains every version.
 */
export const isInRange = (version: string, range: string): boolean => {
  const isBound = range.startsWith('<')
  const found = pattern.exec(version)
  const other = isVersionRange(range) && pattern.exec(isBound ? range.slice(1) : range)
  if (!found || !other) return found !== null
  const [numbers, others] = [numbersOf(found), numbersOf(other)]
  const at = numbers.findIndex((number, index) => number !== others[index])
  if (!isBound) return at === -1 && found[4] === other[4]
  return at === -1 ? found[4] !== undefined : Number(numbers[at]) < Number(others[at])
}
