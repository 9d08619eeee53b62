import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Ended, type Place, run } from './program.ts'
import { type Receiver, spansOf } from './receiver.ts'
import { files } from './spool.ts'

/** A tool with a copy of the built package in a folder of its own, which may be removed. */

const root = new URL('../..', import.meta.url).pathname
const fixtures = join(root, 'test/fixtures/runtimes')

export interface Tool {
  readonly directory: string
  readonly script: string
  /** Path of a preload of `test/fixtures/runtimes`. */
  readonly preload: (name: string) => string
  /** A program that only leaves a trace that it was started. */
  readonly trap: string
  readonly trapped: () => boolean
  readonly remove: () => void
}

export const newTool = (type = 'commonjs'): Tool => {
  const directory = mkdtempSync(join(tmpdir(), 'cq-tool-'))
  const own = join(directory, 'node_modules/cq-telemetry')
  mkdirSync(own, { recursive: true })
  cpSync(join(root, 'dist'), join(own, 'dist'), { recursive: true })
  copyFileSync(join(root, 'package.json'), join(own, 'package.json'))
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'tool', type }))
  cpSync(fixtures, directory, { recursive: true })
  const trace = join(directory, 'was-started')
  const trap = join(directory, 'trap')
  writeFileSync(trap, `#!/bin/sh\necho "$@" >> '${trace}'\n`)
  chmodSync(trap, 0o755)
  return {
    directory,
    script: join(directory, 'tool.cjs'),
    preload: (name) => join(directory, `${name}.cjs`),
    trap,
    trapped: () => existsSync(trace) && readFileSync(trace, 'utf8') !== '',
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** Waits until so many runs of the tool have arrived, each once. */
export const arrived = async (receiver: Receiver, times = 1): Promise<void> => {
  const names = Array.from({ length: times }, () => ['build', 'cloudquery'])
    .flat()
    .sort()
  await expect
    .poll(
      () =>
        spansOf(receiver.requests)
          .map(({ name }) => name)
          .sort(),
      { timeout: 60_000, interval: 50 },
    )
    .toEqual(names)
}

/** The process id of the child that was last started in the background. */
export const childOf = (place: Place): number => Number(readFileSync(files(place).lastStart, 'utf8').split(/\s/)[1])

/** Runs the tool's `telemetry doctor` and `telemetry status`, and gives what they say of the child. */
export const saysOfChild = async (
  command: string,
  args: readonly string[],
  place: Place,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly doctor: string; readonly state: string; readonly status: string }> => {
  const json = ({ stdout }: Ended) => JSON.parse(stdout) as unknown
  const doctor = json(await run(command, [...args, 'telemetry', 'doctor', '--json'], place, env)) as {
    check: string
    state: string
    says: string
  }[]
  const status = json(await run(command, [...args, 'telemetry', 'status', '--json'], place, env)) as {
    child: { says: string }
  }
  const child = doctor.find(({ check }) => check === 'child')
  return { doctor: child?.says ?? '', state: child?.state ?? '', status: status.child.says }
}
