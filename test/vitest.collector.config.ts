import { defineConfig } from 'vitest/config'

/** What needs a real collector, which is built once: `npm run test:collector`. */
export default defineConfig({
  test: {
    root: new URL('.', import.meta.url).pathname,
    include: ['collector/*.test.ts'],
    reporters: ['default'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Each file has collectors of its own, and waits most of the time.
    maxWorkers: 2,
  },
})
