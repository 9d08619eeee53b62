import type { Options } from './api/options.ts'
import type { Places } from './api/places.ts'
import type { Choice, Level } from './consent/choice.ts'
import type { Switches } from './consent/switches.ts'
import type { Destinations } from './launch/destinations.ts'
import type { Debug } from './machine/debug.ts'
import type { Paths } from './machine/layout.ts'

/** What was decided when the host called `instrument()`. */
export interface RunOptions {
  readonly options: Options
  readonly mode: 'inspect' | 'send'
  readonly places: Places
  readonly paths: Paths
  readonly destinations: Destinations
  /** The user's choice as it was then. */
  readonly choice: Choice
  readonly level: Level
  readonly terms: readonly string[]
  readonly decidedAt: number
  /** The notice was shown in an earlier run. */
  readonly noticeShown: boolean
  /** The host may change it, and relative paths of variables refer to it. */
  readonly workingDirectory: string
  /** Variables as they were when the host called `instrument()`. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly switchesNow: () => Switches
  readonly debug: Debug
  /** An awaited child writes debug messages to the command's standard error. */
  readonly verbose: boolean
}
