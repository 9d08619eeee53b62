import { defineConfig } from 'vitest/config'

/** What needs a real collector, which is built once: `npm run test:collector`. */
export default defineConfig({
  test: {
    root: new URL('.', import.meta.url).pathname,
    include: ['hosts/*.test.ts'],
    reporters: ['default'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
})
