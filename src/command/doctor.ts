import { escapeControls, paintFor } from '../inspect/paint.ts'
import type { Check } from './doctor-check.ts'
import { endpointChecks } from './doctor-endpoints.ts'
import { placeChecks } from './doctor-places.ts'
import { type DestinationOptions, destinationsFor } from './destinations.ts'
import { type ExitCode, exitCodes, type Json, type Setting } from './setting.ts'
import { statusOf } from './status.ts'

const marks = { ok: '✓', warning: '!', problem: '✗' } as const

const show = ({ check, state, says, remedy }: Check): void => {
  const paint = paintFor(process.stdout)
  const colour = { ok: paint.green, warning: paint.yellow, problem: paint.red }[state]
  console.log(`${colour(marks[state])} ${paint.bold(check)}: ${escapeControls(says)}`)
  if (remedy !== undefined) console.log(`  → ${escapeControls(remedy)}`)
}

const offCheck: Check = {
  check: 'endpoints',
  state: 'ok',
  says: 'not asked, since telemetry is off',
}

/** Looks at all that delivery needs, and says what to do about what is wrong. 1 if something is. */
export const doctor = async (setting: Setting, options: DestinationOptions & Json): Promise<ExitCode> => {
  const destinations = destinationsFor(setting, options)
  const { enabled } = statusOf(setting)
  const checks: Check[] = []
  const told = (check: Check) => {
    checks.push(check)
    if (!options.json) show(check)
  }
  for (const check of placeChecks(setting)) told(check)
  if (!enabled) told(offCheck)
  else for await (const check of endpointChecks(destinations)) told(check)
  if (options.json) console.log(JSON.stringify(checks, undefined, 1))
  return checks.some(({ state }) => state === 'problem') ? exitCodes.failed : 0
}
