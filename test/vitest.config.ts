import { defineConfig } from 'vitest/config'
import { LongestFirst } from './longest-first.ts'

export default defineConfig({
  test: {
    root: new URL('.', import.meta.url).pathname,
    include: ['**/*.test.ts'],
    exclude: ['collector/**', 'hosts/**', 'zoo/**', '**/node_modules/**'],
    // Real processes and a real PostgreSQL on two cores, which others may keep busy: only a test that hangs takes so long.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // One more than the processors of CI: a file waits a third of its time for processes, servers and pauses.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // Tests that run at once wait for servers that say nothing.
    maxConcurrency: 10,
    reporters: ['default'],
  },
})
