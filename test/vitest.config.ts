import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('.', import.meta.url).pathname,
    include: ['**/*.test.ts'],
    exclude: ['collector/**', 'hosts/**', '**/node_modules/**'],
    // Real processes and a real PostgreSQL on two cores.
    testTimeout: 30_000,
    maxWorkers: 2,
    // Half a second is the command's own bound for an awaited child: a machine that is busy for longer fails such a test.
    retry: process.env['CI'] ? 1 : 0,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
})
