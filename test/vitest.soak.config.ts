import { defineConfig } from 'vitest/config'

/** What takes longer than a test may: `npm run soak`. */
export default defineConfig({
  test: {
    root: new URL('.', import.meta.url).pathname,
    include: ['soak/*.soak.ts'],
    reporters: ['default'],
  },
})
