import type { RevocableSink, SpanSink } from './span-sink.ts'

/**
 * Checks before each span whether the user has opted out since the run began, for example by a variable that the host
 * has loaded from a file. From then on it stores nothing, and deletes what was stored.
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
      // If the sink lacks this method, the recorder does not collect what was removed.
      ...(sink.removed && {
        removed: (removals) => {
          if (!isRevoked()) sink.removed?.(removals)
        },
      }),
    },
  }
}
