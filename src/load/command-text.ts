import { ownFile } from './own-file.ts'
import { unpacked } from './packed.ts'
import { requireFrom, runScript } from './script.ts'

/** From the build: `cq-telemetry/command`. */
declare const PACKED_COMMAND: string

type Command = typeof import('../command.ts')

/** What `cq-telemetry/command` is for a host that is bundled: a text, which costs next to nothing until somebody asks for it. */
export const runTelemetryCommand: Command['runTelemetryCommand'] = (args, options) => {
  const file = ownFile()
  const { exports } = runScript<Command>({
    name: 'cq-telemetry/command.cjs',
    file,
    text: unpacked(PACKED_COMMAND),
    require: requireFrom(file),
  })
  return exports.runTelemetryCommand(args, options)
}
