import fc from 'fast-check'

/** A failure prints its seed; CQ_TEST_SEED runs it again. */
const seed = Number(process.env['CQ_TEST_SEED'])
if (Number.isInteger(seed)) fc.configureGlobal({ seed })

/** One case of so many: for data that is inserted once, and questions that are asked of all of it. */
export const oneCase = <T>(
  arbitrary: fc.Arbitrary<T>,
  many: number,
  holds: (all: T[]) => Promise<void>,
): Promise<void> =>
  fc.assert(fc.asyncProperty(fc.array(arbitrary, { minLength: many, maxLength: many, size: 'max' }), holds), {
    numRuns: 1,
    endOnFailure: true,
  })

/** `npm run fuzz` multiplies the number of cases. */
const factor = Number(process.env['CQ_FUZZ_FACTOR'] ?? 1)
export const cases = (few: number): number => few * factor

export { fc }
