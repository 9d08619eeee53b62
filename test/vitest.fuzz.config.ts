import { defineConfig } from 'vitest/config'

/** The properties of the tests over more than a hundred thousand cases: `npm run fuzz`. */
export default defineConfig({
  test: {
    root: new URL('.', import.meta.url).pathname,
    include: ['otlp/decode.test.ts', 'schema/sanitize.test.ts', 'deliver/mapping.test.ts'],
    env: { CQ_FUZZ_FACTOR: '35' },
    testTimeout: 600_000,
    // By default vitest leaves one of two processors free.
    maxWorkers: 2,
    reporters: ['default'],
  },
})
