/** Runs the work on each member, so many at a time; stops beginning new ones once the signal is aborted. */
export const forEachLimited = async <T>(
  members: readonly T[],
  limit: number,
  signal: AbortSignal,
  work: (member: T) => Promise<void>,
): Promise<void> => {
  const queue = [...members]
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined && !signal.aborted; next = queue.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: Math.min(limit, members.length) }, worker))
}
