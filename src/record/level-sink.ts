import type { RevocableSink } from './span-sink.ts'

/** Stores only what the user has allowed: only crash reports, or everything except crash reports. */
export const limited = (sink: RevocableSink, level: 'all' | 'crashes' | 'usage'): RevocableSink => {
  if (level === 'all') return sink
  const crashes = level === 'crashes'
  let storedLast = false
  return {
    discard: () => sink.discard(),
    write: (resource, spans) => {
      const allowed = spans.filter(({ type }) => (type === 'crash') === crashes)
      storedLast = allowed.length > 0
      if (storedLast) sink.write(resource, allowed)
    },
    // A mark holds an open operation, and with the level `crashes` no operation is stored.
    mark: (resource, spans) => (crashes ? () => undefined : sink.mark(resource, spans)),
    admitCrash: (fingerprint) => crashes && sink.admitCrash(fingerprint),
    takeBack: () => !storedLast || (sink.takeBack?.() ?? false),
    ...(sink.removed && { removed: (removals) => sink.removed?.(removals) }),
  }
}
