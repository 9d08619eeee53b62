/** What records, where a bundler has put it into the host's own file: nothing is kept for the next run. */
export const loadRun = (_directory: string | undefined) => ({
  run: require('./run.ts') as typeof import('./run.ts'),
  keep: () => undefined,
})
