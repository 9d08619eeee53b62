import { defineConfig } from 'vitest/config'

/** The packed package in projects, bundlers, compilers and runtimes that are installed for it: `npm run test:hosts`. */
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
