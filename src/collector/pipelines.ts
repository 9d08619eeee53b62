import { join } from 'node:path'
import { configDirectory } from './paths.ts'
import { additions, type Pipeline, pipelines } from './pipeline-table.ts'

/** The entry of this name. Throws an error that lists the names of the table. */
const lookUp = (table: Readonly<Record<string, Pipeline>>, name: string, what: string): Pipeline => {
  const found = Object.hasOwn(table, name) ? table[name] : undefined
  if (!found) throw new Error(`there is no ${what} "${name}": there are ${Object.keys(table).join(', ')}`)
  return found
}

/**
 * Whether an addition fits a pipeline. `geo` and `proxy` need one that receives from the public. The others add a
 * destination to one that writes files.
 */
const isAllowed = (addition: string, files: readonly string[]): boolean =>
  files.includes(addition === 'geo' || addition === 'proxy' ? 'shared/ingress.yaml' : 'to/file.yaml')

/**
 * Paths of a pipeline's files, with additions. Throws for an unknown name, or if an addition is not for this pipeline.
 */
export const filesOf = (name: string, added: readonly string[] = []): string[] => {
  const { files } = lookUp(pipelines, name, 'pipeline')
  const addedFiles = added.flatMap((each) => lookUp(additions, each, 'addition').files)
  const unsuitable = added.find((each) => !isAllowed(each, files))
  if (unsuitable !== undefined) throw new Error(`"${unsuitable}" is not for the pipeline "${name}"`)
  return [...files, ...addedFiles].map((file) => join(configDirectory, file))
}

/**
 * Without this flag, a queue on disk also stores the context of each request: the client's address and, if they are
 * included, its headers. There is no setting for this. The processor `batch` would drop the context, but it makes the
 * collector answer before the data is stored.
 */
const featureGates = ['--feature-gates', '-exporter.PersistRequestContext']

/** The arguments of `otelcol` for a pipeline. */
export const configArguments = (name: string, added: readonly string[] = []): string[] => [
  ...filesOf(name, added).flatMap((file) => ['--config', file]),
  ...featureGates,
]

/** Memory in MiB for `memory_limiter`; shared/ingress.yaml has the same default. */
const defaultMemoryMib = 512

/**
 * GOMEMLIMIT at 80 % of the limit of `memory_limiter`, as its documentation advises. Without it, Go lets garbage grow
 * to the size of the memory in use.
 */
export const memoryLimit = ({ GOMEMLIMIT, CQ_MEMORY_MIB }: NodeJS.ProcessEnv): string =>
  GOMEMLIMIT || `${Math.floor(Number(CQ_MEMORY_MIB || defaultMemoryMib) * 0.8)}MiB`
