import { defaultPlaces } from '../api/places.ts'
import type { Row } from '../schema/row.ts'
import { rowsOfResource, rowsOfSpan } from '../schema/table.ts'
import type { Project } from './init-setup.ts'

/**
 * The page for the users of a tool: what it sends, what it never sends, and how to opt out. Its tables come from the
 * schema.
 */

/** The most characters of a list of allowed values. A longer list is replaced by their number. */
const maxText = 120
const valuesOf = (text: string): string => {
  if (text.length <= maxText) return text.replaceAll('|', '\\|')
  return text.replace(/`.*`/, `${text.match(/`[^`]+`/g)?.length ?? 0} known words`)
}

const rowsFor = (rows: ReadonlyMap<string, Row>, hidden: (key: string) => boolean): string =>
  [...rows.values()]
    .filter(({ key, source }) => source === 'client' && !hidden(key))
    .map(({ key, purpose, shape }) => `| \`${key}\` | ${valuesOf(shape.text)} | ${purpose} |`)
    .join('\n')

const head = '| what | values | what for |\n| --- | --- | --- |'
/** The attributes that count diagnostics are left out, because there are too many of them. */
const isDiagnosticCount = (key: string): boolean => key.includes('diagnostics.')

/**
 * The commands as the tool's users have to type them. An adapter omits its command if the program would take it as an
 * operand.
 */
const commandsOf = ({ command, name, framework }: Project) => {
  const any = `npx cq-telemetry --tool ${name}`
  const crashes = `${framework ? `${command} telemetry` : any} enable --only crashes`
  return framework
    ? {
        open: `${command} telemetry view --open`,
        disable: `\`${command} telemetry disable\` or \`${any} disable\``,
        crashes,
      }
    : { open: `npx cq-telemetry view ${defaultPlaces(name).logFile} --open`, disable: `\`${any} disable\``, crashes }
}

export const usersPage = (project: Project): string => {
  const { command, name, endpoint } = project
  const { envPrefix } = defaultPlaces(name)
  const { open, disable, crashes } = commandsOf(project)
  return `# Telemetry of ${command}

\`${command}\` sends anonymous usage data and crash reports to ${new URL(endpoint).host}. The first run prints a
notice. A later run sends what the first one has recorded, so you have time to say no. In CI, each run is sent at once.

## See it

    ${command} <a command> --inspect-telemetry

This shows what would be sent, and sends nothing. \`${open}\` shows it in a browser.

## Say no

| | |
| --- | --- |
| \`--no-telemetry\` | this run is not recorded |
| \`${envPrefix}_NO_TELEMETRY=1\`, \`DO_NOT_TRACK=1\` | no run is recorded while it is set |
| ${disable} | off for good. What was recorded and the random id are deleted |
| a file \`.no-telemetry\` in a project | off in that project, for everyone |
| \`${crashes}\` | crash reports are sent, and nothing else |

## What is never sent

- arguments, and the values of options. The exceptions are switches, and choices from a list in the tool's own code
- the configuration, credentials and environment variables
- log lines and messages of errors
- host names, IP addresses, user names and paths. Of the addresses and the host name, only hashes are sent

A name is sent only if the author has declared it public. Any other name is sent as \`private\`.

## What is sent about the tool and the machine

${head}
${rowsFor(rowsOfResource, isDiagnosticCount)}

## What is sent about each command

${head}
${rowsFor(rowsOfSpan('operation'), isDiagnosticCount)}

## What is sent about a crash

${head}
${rowsFor(rowsOfSpan('crash'), isDiagnosticCount)}

## Your time

The command writes a file, and a process in the background sends it. In CI the command waits for half a second at most.
`
}
