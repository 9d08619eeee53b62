import fc from 'fast-check'

/** A failure prints its seed; CQ_TEST_SEED runs it again. */
const seed = Number(process.env['CQ_TEST_SEED'])
if (Number.isInteger(seed)) fc.configureGlobal({ seed })

export { fc }
