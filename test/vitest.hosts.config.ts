import { defineConfig } from 'vitest/config'

/** The packed package in projects, bundlers, compilers and runtimes that are installed for it: `npm run test:hosts`. */
export default defineConfig({
  test: {
    root: new URL('.', import.meta.url).pathname,
    include: ['hosts/*.test.ts'],
    reporters: ['default'],
    globalSetup: ['support/install-nodes.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A file waits for the registry of npm, and has projects of its own.
    maxWorkers: 2,
  },
})
