import { defineConfig } from 'vitest/config'

/** What takes longer than a test may: `npm run soak`, by SOAK_MINUTES=30 for half an hour. */
export default defineConfig({
  test: {
    root: new URL('.', import.meta.url).pathname,
    include: ['soak/*.soak.ts'],
    // By default vitest leaves one of two processors free.
    maxWorkers: 3,
    reporters: ['default'],
  },
})
