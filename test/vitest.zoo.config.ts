import { defineConfig } from 'vitest/config'

/** Published tools of others, instrumented: `npm run test:zoo`. */
export default defineConfig({
  test: {
    root: new URL('.', import.meta.url).pathname,
    include: ['zoo/*.test.ts'],
    globalSetup: ['zoo/install.ts'],
    reporters: ['default'],
    // Real processes on two cores, which others may keep busy: only a test that hangs takes so long.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // Of each file; each row runs two processes.
    maxConcurrency: 2,
  },
})
