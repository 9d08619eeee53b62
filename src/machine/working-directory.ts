/** The working directory; undefined if it was deleted, where Node throws an error. */
export const workingDirectory = (): string | undefined => {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}
