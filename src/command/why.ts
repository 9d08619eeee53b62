/** Says what a system error code means, so that users need not look it up. */

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  ENOTDIR: 'a part of the path is no directory',
  EISDIR: 'it is a directory',
  EACCES: 'you do not have the right to do this',
  EPERM: 'you do not have the right to do this',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead in a circle',
}

/**
 * E.g. `cannot be read (ENOENT): there is no such file or directory`, for a system error. `own` has words for codes
 * that mean something else here.
 */
export const why = (verb: string, error: unknown, own: Readonly<Record<string, string>> = {}): string => {
  const { code = 'no code' } = error as NodeJS.ErrnoException
  const meaning = { ...words, ...own }[code]
  return `cannot be ${verb} (${code})${meaning === undefined ? '' : `: ${meaning}`}`
}
