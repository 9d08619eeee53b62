import { type Recorder, startRecorder } from '../../src/record/recorder.ts'
import type { Sampling } from '../../src/record/sample.ts'
import type { Declarations } from '../../src/schema/custom.ts'
import type { PublicNames } from '../../src/schema/names.ts'
import type { Removal } from '../../src/schema/removals.ts'
import type { SanitizedResource, SanitizedSpan } from '../../src/schema/sanitize.ts'

/** A real recorder whose spans are kept, as what would be spooled. */
export interface Recorded extends Recorder {
  readonly spans: SanitizedSpan[]
  readonly resource: () => SanitizedResource
  spanOf(type: SanitizedSpan['type'], name?: string): SanitizedSpan
}

export const everyName: PublicNames = {
  operations: () => true,
  providers: () => true,
  resources: () => true,
  policies: () => true,
}

const facts = {
  'service.name': 'mytool',
  'service.version': '1.2.3',
  'service.instance.id': '7d0c1f6e-0c6b-4a55-9f0e-53b3a8a5c9b1',
  'app.installation.id': '0d0c1f6e-0c6b-4a55-9f0e-53b3a8a5c9b1',
  'cq.ci': false,
}

export const record = (
  publicNames: PublicNames = everyName,
  attributes: Declarations = {},
  more: Readonly<Record<string, unknown>> = {},
  removed?: (removals: readonly Removal[]) => void,
  maxSpans?: number,
  sampling?: Sampling,
): Recorded => {
  const spans: SanitizedSpan[] = []
  let known: SanitizedResource | undefined
  const recorder = startRecorder({
    app: { name: 'mytool', version: '1.2.3' },
    publicNames,
    attributes,
    classifyError: undefined,
    ...(maxSpans !== undefined && { maxSpans }),
    ...(sampling && { sampling }),
    facts: () => ({ ...facts, ...more }),
    sink: {
      write: (resource, written) => {
        known = resource()
        spans.push(...written)
      },
      mark: () => () => undefined,
      admitCrash: () => true,
      ...(removed && { removed }),
    },
  })
  return {
    ...recorder,
    spans,
    resource: () => {
      if (!known) throw new Error('nothing was written')
      return known
    },
    spanOf: (type, name) => {
      const found = spans.find((span) => span.type === type && (name === undefined || span.name === name))
      if (!found) throw new Error(`no ${type} span ${name ?? ''}`)
      return found
    },
  }
}
