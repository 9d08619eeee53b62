import type { RevocableSink, SpanSink } from './span-sink.ts'

/**
 * Asks before each span whether the user has said no since the run began, for example by a variable that the host has
 * loaded from a file. From then on nothing is stored, and what was stored is deleted.
 */
export const revocable = (
  sink: RevocableSink,
  isOff: () => boolean,
): { readonly sink: SpanSink; readonly isRevoked: () => boolean } => {
  let revoked = false
  const isRevoked = (): boolean => {
    if (!revoked && isOff()) {
      revoked = true
      sink.discard()
    }
    return revoked
  }
  return {
    isRevoked,
    sink: {
      write: (resource, spans) => {
        if (!isRevoked()) sink.write(resource, spans)
      },
      mark: (resource, spans) => (isRevoked() ? () => undefined : sink.mark(resource, spans)),
      admitCrash: (fingerprint) => !isRevoked() && sink.admitCrash(fingerprint),
      takeBack: () => !isRevoked() && (sink.takeBack?.() ?? false),
      // A sink without it spares the check of what was removed.
      ...(sink.removed && {
        removed: (removals) => {
          if (!isRevoked()) sink.removed?.(removals)
        },
      }),
    },
  }
}
