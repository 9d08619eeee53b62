import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, newPlace, type Place, run } from '../support/program.ts'
import { copyFixtures, newProject, type Project } from '../support/packed.ts'
import { attributesOf, spansOf, startReceiver } from '../support/receiver.ts'
import { batchesIn, sawNotice, spooled } from '../support/spool.ts'

/** The same table under Node, Bun and Deno: a run is recorded, delivered, shown, refused and reported when it was cut off. */

let project: Project
beforeAll(() => {
  project = newProject(['deno@2.9.6', '@oven/bun-linux-x64-baseline@1.4.5'])
  copyFixtures(project, 'runtimes')
}, 300_000)
afterAll(() => project.remove())

const inProject = (...path: string[]): string => join(project.directory, ...path)
const runtimes = {
  node: () => [process.execPath],
  bun: () => [inProject('node_modules/@oven/bun-linux-x64-baseline/bin/bun')],
  deno: () => [inProject('node_modules/.bin/deno'), 'run', '--allow-all', '--quiet'],
} as const

type Runtime = keyof typeof runtimes

/** Runs the tool in a place that has seen the notice. */
const inPlace = async <T>(
  runtime: Runtime,
  use: (place: Place, tool: (env: NodeJS.ProcessEnv, ...words: string[]) => Promise<Ended>) => Promise<T>,
): Promise<T> => {
  const place = newPlace()
  sawNotice(place)
  const [command = '', ...args] = runtimes[runtime]()
  try {
    return await use(place, (env, ...words) =>
      run(command, [...args, inProject('runtimes/core.mjs'), ...words], place, { NO_COLOR: '1', ...env }),
    )
  } finally {
    place.remove()
  }
}

/** The spans of the spool: their type, their error and the code of the run. */
const recordedIn = (place: Place): string[] =>
  batchesIn(place).flatMap(({ spans }) =>
    spans.map(({ type, attributes }) =>
      [type, attributes['error.type'], attributes['process.exit.code']].filter((each) => each !== undefined).join(' '),
    ),
  )

/** What a file holds whose process was cut off. */
const cut = ['operation _OTHER']
const crashed = ['crash TypeError', 'operation TypeError', 'run TypeError 1']
const ends = [
  { how: 'return', code: 0, signal: null, spans: ['operation', 'run 0'] },
  { how: 'nested', code: 0, signal: null, spans: ['resource', 'provider', 'operation', 'run 0'] },
  { how: 'throw', code: 1, signal: null, spans: crashed },
  { how: 'reject', code: 1, signal: null, spans: crashed },
  { how: 'exit', code: 3, signal: null, spans: ['operation _OTHER', 'run _OTHER 3'] },
  { how: 'code', code: 2, signal: null, spans: ['operation _OTHER', 'run _OTHER 2'] },
  { how: 'interrupt', code: null, signal: 'SIGINT', spans: ['operation AbortError', 'run AbortError 130'] },
  { how: 'kill', code: null, signal: 'SIGKILL', spans: cut },
] as const

/** Deno ends without an `exit` event where nobody catches an error: docs/instrumenting.md says so. */
const cutOff: Partial<Record<Runtime, readonly string[]>> = { deno: ['throw', 'reject'] }

describe.concurrent.each(Object.keys(runtimes) as Runtime[])('%s', (runtime) => {
  test.each(ends)(
    'a run that ends by $how is recorded, and ends as without telemetry',
    async ({ how, code, signal, spans }) => {
      await inPlace(runtime, async (place, tool) => {
        expect(await tool({ DELIVERY: 'manual' }, how)).toMatchObject({ code, signal })
        expect(recordedIn(place)).toEqual(cutOff[runtime]?.includes(how) ? cut : spans)
      })
    },
  )

  test.for(['kill', ...(cutOff[runtime] ?? [])])(
    'a run is sent by a child, with what “%s” has cut off',
    async (how, { expect }) => {
      const receiver = await startReceiver()
      const env = { ENDPOINT: receiver.url }
      await inPlace(runtime, async (_, tool) => {
        await tool(env, how)
        expect(await tool(env, 'return')).toMatchObject({ code: 0, stdout: 'built\n', stderr: '' })
        const aborted = () => spansOf(receiver.requests).map((span) => attributesOf(span)['cq.aborted'] ?? span.name)
        await expect.poll(aborted, { timeout: 60_000 }).toEqual(['build', 'cloudquery', true])
      })
      await receiver.close()
    },
  )

  test('a run is inspected, switched off by a flag, and switched off for good', async () => {
    await inPlace(runtime, async (place, tool) => {
      const env = { DELIVERY: 'manual' }
      const shown = await tool(env, 'return', '--inspect-telemetry')
      expect(shown).toMatchObject({ code: 0, stdout: 'built\n' })
      expect(shown.stderr).toMatch(/^└─ build /m)
      expect(await tool(env, 'return', '--no-telemetry')).toMatchObject({ code: 0, stdout: 'built\n', stderr: '' })
      expect(spooled(place)).toEqual([])
      expect((await tool(env, 'telemetry', 'disable')).stdout).toContain('Telemetry is off')
      expect(await tool(env, 'return')).toMatchObject({ code: 0, stdout: 'built\n', stderr: '' })
      expect(spooled(place)).toEqual([])
      expect((await tool(env, 'telemetry', 'status')).stdout).toMatch(/^Telemetry is off /)
    })
  })
})
