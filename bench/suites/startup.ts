import { mkdirSync, writeFileSync } from 'node:fs'
import nodeModule from 'node:module'
import { join } from 'node:path'
import { build, type BuildOptions } from 'esbuild'
import { directory, inOrder, lastStatementOf, milliseconds, newHome, run } from '../processes.ts'
import { bare, overBare, type Round, type Suite } from '../suite.ts'

/** How much later a command gets to its own work: from the start of its process to its last own statement. */

export interface Subject {
  readonly name: string
  readonly file: string
  readonly env?: NodeJS.ProcessEnv
  /** Node's compile cache, which the subject switches on, is filled before. */
  readonly cached?: true
  /** Those in which it differs from another subject. */
  readonly stages?: readonly Stage[]
}

const ours = 'cq-telemetry'
/** What Node's loader takes for any package at all. */
export const emptyPackage: Subject = { name: 'an empty package', file: 'empty-package', stages: ['import', 'on'] }
export const bareProcess: Subject = { name: bare, file: 'bare' }
export const off: Subject = {
  name: `${ours}, off`,
  file: ours,
  env: { BENCH_NO_TELEMETRY: '1' },
  stages: ['on', 'operation'],
}
/** Node 20 has no such cache. */
const cached: readonly Subject[] =
  'enableCompileCache' in nodeModule
    ? [{ name: `${ours}, compile cache`, file: 'cq-telemetry-cached', cached: true, stages: ['on', 'operation'] }]
    : []
const subjects: readonly Subject[] = [
  bareProcess,
  emptyPackage,
  { name: ours, file: ours },
  off,
  ...cached,
  { name: 'OpenTelemetry, four packages', file: 'opentelemetry' },
  { name: '@opentelemetry/sdk-node', file: 'sdk-node' },
  { name: '@rudderstack/rudder-sdk-node', file: 'rudderstack' },
  { name: 'posthog-node', file: 'posthog' },
  { name: '@sentry/node', file: 'sentry' },
]

/** Imported and no more; set up; with one operation, span or event recorded. */
const stages = ['import', 'on', 'operation'] as const
type Stage = (typeof stages)[number]

const external: BuildOptions = { packages: 'external' }
const ways = {
  import: { format: 'esm', outExtension: { '.js': '.mjs' }, ...external },
  require: { format: 'cjs', outExtension: { '.js': '.cjs' }, ...external },
  bundled: {
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    minify: true,
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  },
} as const satisfies Record<string, BuildOptions>
export type Way = keyof typeof ways

const cases = (Object.keys(ways) as Way[]).flatMap((way) =>
  // What a bundler finds unused it leaves out: an import alone would be nothing.
  stages
    .filter((stage) => way !== 'bundled' || stage !== 'import')
    .map((stage) => ({ way, stage, name: `${stage}, ${way}` })),
)

const programs = join(directory, 'node_modules/.cache/startup')
const programOf = (way: Way, stage: Stage, file: string): string =>
  join(programs, way, stage, `${file}${ways[way].outExtension['.js']}`)

const writeEmptyPackage = (): void => {
  const path = join(directory, 'node_modules/empty-package')
  mkdirSync(path, { recursive: true })
  writeFileSync(
    join(path, 'package.json'),
    JSON.stringify({ name: 'empty-package', type: 'module', exports: './index.js' }),
  )
  writeFileSync(join(path, 'index.js'), 'export const nothing = 0\n')
}

/** The same source for each way, so that nothing else differs. */
export const buildPrograms = async (): Promise<void> => {
  writeEmptyPackage()
  for (const { way, stage } of cases) {
    const outdir = join(programs, way, stage)
    mkdirSync(outdir, { recursive: true })
    await build({
      ...ways[way],
      entryPoints: [...new Set(subjects.map(({ file }) => join(directory, 'subjects/startup', `${file}.mjs`)))],
      outdir,
      bundle: true,
      platform: 'node',
      define: { STAGE: JSON.stringify(stage) },
      logLevel: 'error',
    })
  }
}

const cacheDirectory = join(programs, 'compile-cache')

/** Milliseconds of the clock, and of the processor, up to the last own statement. */
export interface Sample {
  readonly readyMs: number
  readonly cpuMs: number
}

export const sample = async (
  { file, env }: Subject,
  way: Way,
  stage: Stage,
  { toEnd = false } = {},
): Promise<Sample> => {
  const home = newHome()
  const { said, beganNs } = await run({
    args: [programOf(way, stage, file)],
    home,
    env: { ENDPOINT: 'http://127.0.0.1:9', CACHE: cacheDirectory, ...env },
    ...(!toEnd && { until: 'said' }),
  })
  home.remove()
  const { atNs, cpuMs } = lastStatementOf(said)
  return { readyMs: milliseconds(beganNs, atNs), cpuMs }
}

export const roundsOf = (suite: string, name: string, subject: Subject, { readyMs, cpuMs }: Sample): Round[] =>
  Object.entries({ ready: readyMs, cpu: cpuMs }).map(([metric, value]) => {
    return { suite, case: name, subject: subject.name, metric, unit: 'ms', value }
  })

export const startup: Suite = {
  name: 'startup',
  about: 'time from the start of a process to its last own statement: imported, set up, with one operation',
  cases: cases.map(({ name }) => name),
  run: async ({ rounds, only, progress }) => {
    await buildPrograms()
    const all: Round[] = []
    for (const { name, way, stage } of cases) {
      if (only !== undefined && name !== only) continue
      const present = subjects.filter((subject) => subject.stages?.includes(stage) ?? true)
      for (const subject of present) await sample(subject, way, stage, { toEnd: subject.cached === true })
      for (let round = 0; round < rounds; round++) {
        progress(`startup: ${name}, round ${round + 1} of ${rounds}`)
        const measured: Round[] = []
        for (const subject of inOrder(present, round)) {
          measured.push(...roundsOf('startup', name, subject, await sample(subject, way, stage)))
        }
        all.push(...measured, ...overBare(measured))
      }
    }
    return all
  },
}
