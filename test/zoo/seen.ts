import { basename } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { telemetryFlags } from '../../src/index.ts'
import type { Ended, Place } from '../support/program.ts'
import type { Tool } from './program.ts'

/** What the user sees of a run, without what is another's in each run. */
export interface Seen {
  /** Exit code or signal. */
  readonly end: number | string | null
  readonly stdout: string
  readonly stderr: string
}

const mapTexts = ({ end, stdout, stderr }: Seen, map: (text: string) => string): Seen => ({
  end,
  stdout: map(stdout),
  stderr: map(stderr),
})

export const seen = ({ code, signal, stdout, stderr }: Ended, place: Place, { normalise = String }: Tool): Seen =>
  mapTexts({ end: signal ?? code, stdout, stderr }, (text) =>
    normalise(
      text
        .replaceAll(place.cwd, '<cwd>')
        .replaceAll(basename(place.cwd), '<name>')
        .replaceAll(place.home, '<home>')
        .replaceAll('/.instrumented/node_modules/', '/')
        .replaceAll(/\.bin-\w{6}/g, '.bin'),
    ),
  )

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Frames of this package, and of what it has Node.js do. */
const ownFrame = new RegExp(
  `${escaped(new URL('../../dist/', import.meta.url).pathname)}|node:(?:internal/)?async_hooks`,
)

const stacksIn = (text: string): string[] => text.split(/((?:^ +at .*\n?)+)/m)

/** Cuts each stack of both at the first frame of this package: a stack has ten frames, so others are missing then. */
const cutStacks = (own: string, bare: string): readonly [string, string] => {
  const [owns, bares] = [stacksIn(own), stacksIn(bare)]
  for (const [index, part] of owns.entries()) {
    const frames = part.split('\n')
    const first = index % 2 === 0 ? -1 : frames.findIndex((frame) => ownFrame.test(frame))
    if (first === -1) continue
    owns[index] = frames.slice(0, first).join('\n')
    bares[index] = (bares[index] ?? '').split('\n').slice(0, first).join('\n')
  }
  return [owns.join(''), bares.join('')]
}

/** What the adapters add to a help or to completions. */
const addedTo = (command: string): RegExp =>
  new RegExp(
    [
      `(?:${command} )?telemetry (?:\\[args\\.*\\] )?see and choose what this tool sends: [a-z, ]*doctor`,
      ...telemetryFlags().map(
        ({ flags, description }) => `(?:-, )?${flags} ${escaped(description)}(?: \\[boolean\\])?`,
      ),
      '\\[?--(?:no|inspect|debug)-telemetry\\]?',
      'telemetry(?= |$)',
      // Of a command that had no options.
      '\\[(?:options|OPTIONS)\\]',
      'TELEMETRY FLAGS',
    ]
      .map((part) => ` ${part}`)
      .join('|'),
    'g',
  )

/** The words of a help but for those: a wider entry changes the width of its column. */
const wordsOf = (text: string, command: string): string =>
  ` ${stripVTControlCharacters(text)}`
    .replaceAll(/\s+/g, ' ')
    .replaceAll(addedTo(command), '')
    .replaceAll('telemetry|', '')
    .replaceAll('OPTIONS COMMANDS', 'COMMANDS')

const isHelp = (line: string, { stdout, stderr }: Seen): boolean =>
  line.includes('--get-yargs-completions') || `${stdout}${stderr}`.includes('--inspect-telemetry')

/** Both runs, without what may differ between them. */
export const compared = (line: string, own: Seen, bare: Seen, { name, bin = name }: Tool): readonly [Seen, Seen] => {
  const [stdout, stderr] = [cutStacks(own.stdout, bare.stdout), cutStacks(own.stderr, bare.stderr)]
  const both = [
    { end: own.end, stdout: stdout[0], stderr: stderr[0] },
    { end: bare.end, stdout: stdout[1], stderr: stderr[1] },
  ] as const
  if (!isHelp(line, own)) return both
  const words = (text: string): string => wordsOf(text, bin)
  return [mapTexts(both[0], words), mapTexts(both[1], words)]
}
