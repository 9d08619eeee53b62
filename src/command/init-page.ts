import { rowsOn } from '../schema/table.ts'
import type { Project } from './init-setup.ts'

/** The page for the users of a tool: what is sent, what never, and how to say no. From the schema. */

const rowsFor = (place: Parameters<typeof rowsOn>[0], hidden: (key: string) => boolean): string =>
  [...rowsOn(place).values()]
    .filter(({ key, source }) => source === 'client' && !hidden(key))
    .map(({ key, purpose, shape }) => `| \`${key}\` | ${shape.text.replaceAll('|', '\\|')} | ${purpose} |`)
    .join('\n')

const head = '| what | values | what for |\n| --- | --- | --- |'
/** One row for each diagnostic would hide the others. */
const isCount = (key: string): boolean => key.includes('diagnostics.')

export const usersPage = ({ command, envPrefix, endpoint }: Project): string => `# Telemetry of ${command}

\`${command}\` records how it is used, without anything that is yours, and sends it to ${new URL(endpoint).host}. It says so the
first time; nothing recorded before is ever sent.

## See it

    ${command} <a command> --inspect-telemetry

sends nothing, and shows what would be sent. \`npx cq-telemetry view ${command}-telemetry.log --open\` shows it in a browser.

## Say no

| | |
| --- | --- |
| \`--no-telemetry\` | this run is not recorded |
| \`${envPrefix}_NO_TELEMETRY=1\`, \`DO_NOT_TRACK=1\` | no run is recorded while it is set |
| \`npx cq-telemetry disable --directory .${command}\` | off for good; what was recorded and the random id are deleted |

## What is never sent

Arguments, option values, the configuration, credentials, log lines, messages of errors, host names, IP addresses, user
names, paths, environment variables. A name leaves only if the author has declared it public; any other leaves as
\`private\`.

## What is sent of a run

${head}
${rowsFor('resource', isCount)}

## What is sent of each command

${head}
${rowsFor('operation', isCount)}

## What is sent of a crash

${head}
${rowsFor('crash', isCount)}

## Your time

The command writes a file; a process in the background sends it. In CI the command waits for half a second at most.
`
