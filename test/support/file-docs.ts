import { readFileSync } from 'node:fs'
import { defaultPlaces } from '../../src/api/places.ts'
import { type Layout, layoutOf, pathsFor } from '../../src/machine/layout.ts'

/** Renders the table of docs/privacy.md that lists the files below `~/.mytool/telemetry`, from src/machine/layout.ts. */

/** What each file holds, and how long it stays. A file without a row does not compile. */
const rows: Record<Exclude<keyof Layout, 'directory'>, readonly [holds: string, stays: string]> = {
  consent: ['your choice', 'until you delete it'],
  notice: ['when you saw the notice, and what the tool collected then', 'until you delete it'],
  secret: ['the secret of pseudonyms', 'until `disable`'],
  counted: [
    'the days, weeks and months in which a run was counted, and the day of the first run, if the tool sends no id',
    'the last two of each, until `disable`',
  ],
  spool: ['what is not sent yet', 'until it is sent, a month at most, 5 MB at most, or `disable`'],
  intervals: [
    'when operations that the tool records once in a while were last recorded, and how many were not since',
    'until `disable` or `id --reset`',
  ],
  forget: ['ids whose deletion you have asked for by `--forget`', 'until the servers have taken the request'],
  crashes: ['how many reports of one fault were made today', 'until the next delivery after that day, or `disable`'],
  lost: ['how many events had to be dropped', 'until the next delivery, or `disable`'],
  crashNote: ['which run has a crash report that waits', 'until the next run on a terminal tells you, or `disable`'],
  deliveryState: ['how the last delivery went', 'overwritten by the next, or `disable`'],
  drainLock: ['which process is sending', 'until that process ends, or `disable`'],
  lastStart: ['when a child process was last started, and its process id', 'overwritten by the next, or `disable`'],
  controls: ['what the publisher has stopped, if the tool asks for it', 'overwritten once a day, or `disable`'],
  waitedInVain: ['when a command last waited in vain for a child process', 'overwritten by the next, or `disable`'],
}

const table = (): string => {
  const layout = layoutOf('~/.mytool/telemetry')
  const [randomId] = pathsFor({ ...defaultPlaces('mytool') }, { path: '~' }).randomIds
  const lines = Object.entries(rows).map(([key, [holds, stays]]) => {
    return `| \`${layout[key as keyof typeof rows]}\` | ${holds} | ${stays} |`
  })
  return [
    '| file | what is in it | how long it is kept |',
    '| --- | --- | --- |',
    `| \`${randomId}\` | the random id | until you delete it, or \`disable\` |`,
    ...lines,
  ].join('\n')
}

const page = new URL('../../docs/privacy.md', import.meta.url)
const marked = /(<!-- prettier-ignore-start -->\n).*?(<!-- prettier-ignore-end -->)/s

/** docs/privacy.md with the table of today. */
export const privacyPage = (): string =>
  readFileSync(page, 'utf8').replace(marked, (_, before: string, after: string) => `${before}${table()}\n${after}`)
