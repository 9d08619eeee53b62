import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inspectLog, run } from '../support/program.ts'
import { usePlace } from '../support/place.ts'

/** The one handle of a process, and errors that are told to it. */

const place = usePlace()

const index = new URL('../../dist/index.js', import.meta.url).href
const evaluate = (source: string, ...args: string[]) => {
  const file = join(place.cwd, 'program.mjs')
  const head = `import { currentTelemetry, instrument } from '${index}'\nconst options = { app: { name: 'x', version: '1.0.0' } }\n`
  writeFileSync(file, head + source)
  return run(process.execPath, [file, ...args], place)
}

test('a second call returns the first handle, and says so only under debug', async () => {
  const source = 'console.log(instrument(options) === instrument({ app: { name: "y", version: "2.0.0" } }))'
  expect(await evaluate(source, '--inspect-telemetry', '--debug-telemetry')).toMatchObject({
    stdout: 'true\n',
    stderr: expect.stringContaining('instrument() was called again: the options of the first call apply') as string,
  })
  expect((await evaluate(source, '--no-telemetry')).stderr).toBe('')
})

test('currentTelemetry() returns the handle, and one that is off before', async () => {
  const source = `
    console.log(currentTelemetry().enabled, currentTelemetry().operation('a', () => 42))
    console.log(instrument(options) === currentTelemetry(), currentTelemetry().enabled)
    await currentTelemetry().shutdown()
    console.log(currentTelemetry().enabled)`
  expect((await evaluate(source, '--inspect-telemetry')).stdout).toBe('false 42\ntrue true\nfalse\n')
})

test('an error that the host handles outside of any operation is the error of a failed run', async () => {
  const source = (code: number) => `
    instrument(options).error(Object.assign(new Error('hunter2'), { code: 'ECONNREFUSED' }))
    process.exitCode = ${code}`
  await evaluate(source(1), '--inspect-telemetry')
  await evaluate(source(0), '--inspect-telemetry')
  const events = inspectLog(place, 'x-telemetry.log').filter(({ event }) => event !== undefined)
  expect(
    events.map(({ event, data }) => [event, (data['properties'] as Record<string, unknown>)['error_type']]),
  ).toEqual([
    ['run', 'ECONNREFUSED'],
    ['run', undefined],
  ])
  expect(JSON.stringify(events)).not.toContain('hunter2')
})
