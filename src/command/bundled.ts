import { fromText } from '../machine/from-text.ts'

/** The text of `index.ts`, set by the build. */
declare const COMMAND_TEXT: string

type Command = typeof import('./index.ts')

/** `cq-telemetry/command` for a host that is bundled. */
export const runTelemetryCommand: Command['runTelemetryCommand'] = (args, options) =>
  (fromText('command.cjs', COMMAND_TEXT) as Command).runTelemetryCommand(args, options)
