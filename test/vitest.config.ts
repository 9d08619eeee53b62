import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('.', import.meta.url).pathname,
    include: ['**/*.test.ts'],
    // Real processes and a real PostgreSQL on two cores.
    testTimeout: 30_000,
    maxWorkers: 2,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
})
