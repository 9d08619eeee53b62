import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newPlace, type Place, run } from '../support/program.ts'
import { newProject, type Project } from '../support/packed.ts'
import { type Receiver, spansOf, startReceiver } from '../support/receiver.ts'
import { onTerminal, shellWords } from '../support/terminal.ts'

/**
 * What the README says, from an empty folder with the packed tarball: instrumented, inspected, sent from a terminal, switched
 * off. The release of a framework that Node 20 runs.
 */

let place: Place
let receiver: Receiver
let project: Project
beforeEach(async () => {
  place = newPlace()
  receiver = await startReceiver()
})
afterEach(async () => {
  await receiver.close()
  place.remove()
  project.remove()
})

const editPackage = (more: object): void => {
  const path = join(project.directory, 'package.json')
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...more }))
}
const write = (name: string, text: string): void => writeFileSync(join(project.directory, name), text)

const withInit =
  (source: string) =>
  async (endpoint: string): Promise<void> => {
    const command = join(project.directory, 'node_modules/.bin/cq-telemetry')
    const { code } = await run(command, ['init', '--endpoint', endpoint], { ...place, cwd: project.directory })
    expect(code).toBe(0)
    write('cli.js', source)
  }

/** As a plugin: not a line of code. */
const oclifPlugin = async (endpoint: string): Promise<void> => {
  editPackage({
    oclif: {
      bin: 'newtool',
      commands: { strategy: 'explicit', target: './commands.js', identifier: 'default' },
      plugins: ['cq-telemetry'],
      telemetry: { otlp: { endpoint } },
    },
  })
  write(
    'commands.js',
    `import { Command } from '@oclif/core'
     class Build extends Command { static args = {}; async run() { await this.parse(Build); this.log('built') } }
     export default { build: Build }`,
  )
  write('cli.js', "import { execute } from '@oclif/core'\nawait execute({ dir: import.meta.url })")
}

describe.each([
  [
    'commander@14.0.3',
    withInit(`import { Command } from 'commander'
      import { withTelemetry } from './telemetry.mjs'
      const program = new Command('newtool')
      withTelemetry(program)
      program.command('build').action(() => console.log('built'))
      await program.parseAsync()`),
  ],
  [
    'yargs@18.2.0',
    withInit(`import yargs from 'yargs'
      import { hideBin } from 'yargs/helpers'
      import { withTelemetry } from './telemetry.mjs'
      await withTelemetry(yargs(hideBin(process.argv))).command('build', 'b', {}, () => console.log('built')).strict().parseAsync()`),
  ],
  ['@oclif/core@4.14.0', oclifPlugin],
])('%s', (framework, setUp) => {
  test('is instrumented, inspected, sent and switched off', async () => {
    project = newProject([framework])
    editPackage({ name: 'newtool', bin: { newtool: 'cli.js' } })
    await setUp(receiver.url)
    const script = join(project.directory, 'cli.js')
    const tool = (...args: string[]) => run(process.execPath, [script, ...args], place)
    const seen = await tool('build', '--inspect-telemetry')
    expect(seen).toMatchObject({ code: 0, stdout: 'built\n' })
    expect(seen.stderr).toMatch(/^newtool .*\n└─ build .*[^]*newtool telemetry view .*newtool-telemetry\.log --open/m)
    expect((await tool('telemetry', 'view')).stdout).toContain('└─ build')
    expect((await tool('telemetry', 'view', '--html', join(place.cwd, 'x.html'))).code).toBe(0)

    // The run that shows the notice is sent by the next one, so that there is time to say no.
    const words = shellWords(process.execPath, [script, 'build'])
    expect((await onTerminal(words, place)).stdout).toContain('Anonymous telemetry collection')
    expect(receiver.requests).toEqual([])
    await onTerminal(words, place)
    for (const end = Date.now() + 10_000; receiver.requests.length === 0 && Date.now() < end;) await sleep(50)
    expect(spansOf(receiver.requests).map(({ name }) => name)).toEqual(['build', 'newtool', 'build', 'newtool'])
    expect((await tool('telemetry', 'doctor')).stdout).toMatch(/✓ .*OTLP at 127\.0\.0\.1:\d+.*: it answers/)

    expect((await tool('telemetry', 'disable')).stdout).toContain('Telemetry is off')
    expect((await tool('build')).stdout).toBe('built\n')
    expect((await tool('telemetry', 'status')).stdout).toMatch(/^Telemetry is off \(newtool telemetry disable\)/)
  })
})
