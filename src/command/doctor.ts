import { escapeControls, paintFor, proseWidthOf } from '../inspect/paint.ts'
import type { Check } from './doctor-check.ts'
import { controlsCheck, endpointChecks } from './doctor-endpoints.ts'
import { placeChecks } from './doctor-places.ts'
import { type DestinationOptions, destinationsFor } from './destinations.ts'
import { layOut } from './layout.ts'
import { type ExitCode, exitCodes, type Json, print, type Setting } from './setting.ts'
import { statusOf } from './status.ts'

const marks = { ok: '✓', warning: '!', problem: '✗' } as const

const show = ({ check, state, says, remedy }: Check): void => {
  const paint = paintFor(process.stdout)
  const colour = { ok: paint.green, warning: paint.yellow, problem: paint.red }[state]
  const width = proseWidthOf(process.stdout) - 2
  const title = escapeControls(check)
  // The colours are added after the lines are broken, since they have no width.
  const [first = '', ...more] = layOut(`${title}: ${escapeControls(says)}`, width).split('\n')
  const actions = remedy === undefined ? [] : layOut(escapeControls(remedy), width - 2).split('\n')
  print(false, undefined, () =>
    [
      `${colour(marks[state])} ${first.startsWith(title) ? paint.bold(title) + first.slice(title.length) : first}`,
      ...more.map((line) => `  ${line}`),
      ...actions.map((line, at) => `  ${at === 0 ? '→' : ' '} ${line}`),
    ].join('\n'),
  )
}

const offCheck: Check = {
  check: 'endpoints',
  state: 'ok',
  says: 'not asked, since telemetry is off',
}

const unusableCheck = (problem: string): Check => ({
  check: 'endpoints',
  state: 'problem',
  says: `${problem}: nothing is sent anywhere`,
  remedy: 'set it to the URL of your collector, e.g. https://collector.example.org, or remove it',
})

/** Checks everything that delivery needs and prints what to do about problems. The exit code is 1 if there are any. */
export const doctor = async (setting: Setting, options: DestinationOptions & Json): Promise<ExitCode> => {
  const destinations = destinationsFor(setting, options)
  const { enabled, rule } = statusOf(setting)
  const checks: Check[] = []
  const add = (check: Check) => {
    checks.push(check)
    if (!options.json) show(check)
  }
  for (const check of placeChecks(setting, options.json === true)) add(check)
  const { problem } = destinations
  if (problem !== undefined && rule === problem) add(unusableCheck(problem))
  else if (!enabled) add(offCheck)
  else {
    for await (const check of endpointChecks(destinations)) add(check)
    const controls = destinations.redirect ? undefined : setting.options?.controls
    if (controls) add(await controlsCheck(controls, setting.tool))
  }
  if (options.json) print(true, checks, () => '')
  return checks.some(({ state }) => state === 'problem') ? exitCodes.failed : 0
}
