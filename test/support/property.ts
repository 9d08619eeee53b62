import fc from 'fast-check'

/** A failure prints its seed; CQ_TEST_SEED runs it again. */
const seed = Number(process.env['CQ_TEST_SEED'])
if (Number.isInteger(seed)) fc.configureGlobal({ seed })

/**
 * Checks one list of `many` values: for data that is inserted once and then asked many questions. A failure prints the seed, and
 * not the data, which may have megabytes.
 */
export const oneCase = <T>(
  arbitrary: fc.Arbitrary<T>,
  many: number,
  holds: (all: T[]) => Promise<void>,
): Promise<void> => {
  const all = fc
    .array(arbitrary, { minLength: many, maxLength: many })
    .map((values) => Object.defineProperty(values, fc.toStringMethod, { value: () => `${many} values` }))
  return fc.assert(fc.asyncProperty(all, holds), { numRuns: 1, endOnFailure: true })
}

/** `npm run fuzz` multiplies the number of cases. */
const factor = Number(process.env['CQ_FUZZ_FACTOR'] ?? 1)
export const cases = (few: number): number => few * factor

export { fc }
