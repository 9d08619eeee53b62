import { type Crash, type Fault, reportsOf, usersOf } from './crashes.ts'
import type { Frame } from './frames.ts'

/** A fault with the frames of one of its reports, for the terminal, as JSON and as the text of an issue. */
export interface Shown {
  readonly fault: Fault
  readonly crash: Crash
  readonly frames: readonly Frame[]
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
const countsOf = (users: number, reports: number): string =>
  users === 0 ? plural(reports, 'report') : `${plural(users, 'user')}, ${plural(reports, 'report')}`

const dayOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)
const daysOf = ({ first, last }: Fault): string =>
  dayOf(first) === dayOf(last) ? dayOf(first) : `${dayOf(first)} to ${dayOf(last)}`

const numbersOf = (version: string): number[] => (version.match(/\d+/g) ?? []).map(Number)

/** The versions, newest first, as far as their numbers show. */
const versionsOf = ({ versions }: Fault) =>
  [...versions.values()].sort((one, other) => {
    const [a, b] = [numbersOf(one.version), numbersOf(other.version)]
    const at = a.findIndex((number, index) => number !== b[index])
    return at === -1 ? a.length - b.length : (b[at] ?? 0) - (a[at] ?? 0)
  })

const titleOf = ({ errorType, operation }: Crash): string =>
  operation === undefined ? errorType : `${errorType} in ${operation}`

const placeOf = ({ published, original }: Frame): string =>
  original ? `${original.source}:${original.line}:${original.column}` : published

const frameLine = (frame: Frame, width: number): string =>
  frame.original?.text === undefined ? placeOf(frame) : `${placeOf(frame).padEnd(width)}  ${frame.original.text}`

const frameLines = (frames: readonly Frame[]): string[] => {
  const width = Math.min(60, Math.max(...frames.map((frame) => placeOf(frame).length)))
  return frames.map((frame) => frameLine(frame, width))
}

const causesOf = ({ causes }: Crash): string => (causes.length === 0 ? '' : `caused by ${causes.join(', ')}`)

export const asText = (shown: readonly Shown[]): string =>
  shown
    .map(({ fault, crash, frames }) =>
      [
        `${titleOf(crash)}: ${countsOf(usersOf(fault), reportsOf(fault))}, ${daysOf(fault)}`,
        `  ${fault.fingerprint}`,
        ...versionsOf(fault).map(
          ({ version, users, reports }) => `  ${version.padEnd(12)} ${countsOf(users.size, reports)}`,
        ),
        ...[causesOf(crash)].filter(Boolean).map((line) => `  ${line}`),
        ...(frames.length === 0 ? ['    no frames'] : frameLines(frames).map((line) => `    ${line}`)),
      ].join('\n'),
    )
    .join('\n\n')

export const asJson = ({ fault, crash, frames }: Shown) => ({
  fingerprint: fault.fingerprint,
  errorType: crash.errorType,
  kind: crash.kind,
  operation: crash.operation ?? null,
  causes: crash.causes,
  users: usersOf(fault),
  reports: reportsOf(fault),
  first: dayOf(fault.first),
  last: dayOf(fault.last),
  versions: versionsOf(fault).map(({ version, users, reports }) => ({ version, users: users.size, reports })),
  /** The version of the report that the frames are from. */
  framesOf: crash.version,
  frames: frames.map(({ published, original }) => ({ published, ...original })),
})

/** A Markdown fence that is longer than any in the text. */
const fenced = (text: string): string => {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text}\n${fence}`
}

const kinds: Readonly<Record<string, string>> = {
  uncaught: 'The error was not caught.',
  unhandled_rejection: 'The rejection was not handled.',
  operation: 'The error ended an operation.',
  signal: 'The process ended itself by a signal.',
}

/** The text of an issue, in Markdown. Its first line is the title. */
export const asIssue = ({ fault, crash, frames }: Shown): string => {
  const first = frames.find(({ original }) => original)?.original
  const at = first ? ` at ${first.source.replaceAll('`', "'")}:${first.line}` : ''
  const stack = frames.length === 0 ? 'no frames' : frameLines(frames).join('\n')
  return [
    `# ${titleOf(crash)}${at}`,
    [kinds[crash.kind], causesOf(crash) && `It was ${causesOf(crash)}.`].filter(Boolean).join(' '),
    fenced(stack),
    [
      '| version | users | reports |',
      '| --- | --- | --- |',
      ...versionsOf(fault).map(({ version, users, reports }) => `| ${version} | ${users.size} | ${reports} |`),
    ].join('\n'),
    `Reported ${daysOf(fault)}. The frames are those of version ${crash.version}. Fingerprint \`${fault.fingerprint}\`.`,
  ].join('\n\n')
}
