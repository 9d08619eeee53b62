/** The working directory; undefined if it was deleted. Node would throw an error. */
export const workingDirectory = (): string | undefined => {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}
