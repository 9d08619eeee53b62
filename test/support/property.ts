import fc from 'fast-check'

/** A failure prints its seed; CQ_TEST_SEED runs it again. */
const seed = Number(process.env['CQ_TEST_SEED'])
if (Number.isInteger(seed)) fc.configureGlobal({ seed })

/** `npm run fuzz` multiplies the number of cases. */
const factor = Number(process.env['CQ_FUZZ_FACTOR'] ?? 1)
export const cases = (few: number): number => few * factor

export { fc }
