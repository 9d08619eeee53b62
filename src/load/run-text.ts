import { type Loaded, loadCompiled } from './compiled.ts'
import { ownFile } from './own-file.ts'
import { unpacked } from './packed.ts'
import { requireFrom, runScript } from './script.ts'

/** From the build: what the files of the package hold that are loaded on demand. */
declare const RUN_TEXT: string
declare const RUN_HASH: string
declare const PACKED_OUTLET: string

/**
 * The same for a host that is bundled into one file. As text, since V8 prepares all code of a file when it is loaded, and only
 * reads through a string.
 */
export const loadRun = (directory: string | undefined): Loaded<typeof import('../run.ts')> => {
  const file = ownFile()
  const require = requireFrom(file)
  const outlet = () =>
    runScript({ name: 'cq-telemetry/inspect/outlet.cjs', file, text: unpacked(PACKED_OUTLET), require }).exports
  return loadCompiled(
    {
      name: 'cq-telemetry/run.cjs',
      file,
      text: RUN_TEXT,
      require: (id) => (id === './inspect/outlet.cjs' ? outlet() : require(id)),
    },
    { directory, hash: RUN_HASH },
  )
}
