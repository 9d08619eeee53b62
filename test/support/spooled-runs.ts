import { ensureChoice } from '../../src/consent/choice.ts'
import { newName } from '../../src/spool/name.ts'
import { SpoolFile } from '../../src/spool/writer.ts'
import type { Place } from './program.ts'
import { record } from './record.ts'
import { consentFile, spoolDirectory } from './spool.ts'

/** Spools runs of one operation each, in one file, for both destinations. */
export const spoolRuns = (place: Place, runs = 1): void => {
  const choice = ensureChoice(consentFile(place))
  const generation = choice.kind === 'enabled' ? choice.generation : ''
  const file = new SpoolFile(spoolDirectory(place), newName(generation, ['rudder', 'otlp'], 'jsonl'))
  for (let each = 0; each < runs; each++) {
    const run = record()
    run.operations.operation('fetch', () => undefined)
    run.end(0)
    file.append(run.resource(), run.spans)
  }
  file.close()
}
