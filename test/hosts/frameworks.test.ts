import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { join } from 'node:path'
import { inspectLog, newPlace, type Place, run } from '../support/program.ts'
import { copyFixtures, newProject, nodes, type Project } from '../support/packed.ts'

/**
 * The package as it is published, with the frameworks as they are published now, on each release of Node.js that both
 * can run on. On Node 20 the older ones are tested by adapters.test.ts.
 */

let project: Project
let place: Place
beforeAll(() => {
  const packages = ['commander@15.1.0', 'yargs@18.2.0', 'citty@0.2.2', '@oclif/core@5.1.9']
  project = newProject([...packages, 'cac@7.1.0', 'clipanion@3.2.1', '@stricli/core@1.3.0'])
  copyFixtures(project, 'hosts')
})
afterAll(() => project.remove())
beforeEach(() => {
  place = newPlace()
})
afterEach(() => place.remove())

/** commander 15 needs 22.12, oclif 5 needs 22. */
const current = nodes.filter(([version]) => Number(version) >= 22)

const tools = ['commander', 'yargs', 'citty', 'oclif/run', 'cac', 'clipanion', 'stricli', 'main']

describe.each(current)('on Node %s', (_, node) => {
  test.each(tools)('%s', async (framework) => {
    const tool = (...args: string[]) =>
      run(node, [join(project.directory, 'hosts', `${framework}.mjs`), ...args], place)
    expect(await tool('build', 's3cret', '--inspect-telemetry')).toMatchObject({ code: 0, stdout: 'built\n' })
    const events = inspectLog(place).flatMap(({ event, data }) =>
      event === undefined ? [] : [[event, (data['properties'] as Record<string, unknown>)['operation']]],
    )
    expect(events).toEqual([
      ['fetch', 'build'],
      ['run', undefined],
    ])
    expect(JSON.stringify(inspectLog(place))).not.toContain('s3cret')
    expect((await tool('telemetry', 'status')).stdout).toMatch(/^Telemetry is on/)
    expect((await tool('s3cret')).code).not.toBe(0)
    const help = await tool(...(framework === 'oclif/run' ? ['build', '--help'] : ['--help']))
    expect(help.stdout).toContain('--inspect-telemetry')
  })
})
