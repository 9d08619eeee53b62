import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Of half a minute and more, the longest first. */
const longest = [
  'bridge/attacks',
  'e2e/disks',
  'e2e/values',
  'frameworks/frameworks',
  'inspect/view-page',
  'deliver/server-states',
  'command/flush',
  'e2e/places',
  'e2e/canaries',
  'command/output',
  'identity/random-id',
  'report/hostile-files',
  'deliver/partly-taken',
]
const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
  return rank < 0 ? longest.length : rank
}

/** A checkout has no times of an earlier run, and vitest then begins with the largest files: one worker would end late, alone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((one, other) => rankOf(one) - rankOf(other))
  }
}
