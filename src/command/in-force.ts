import { type Rule, type Stop, stops } from '../controls/controls.ts'
import { inForce } from '../controls/in-force.ts'
import { type Kept, readKept } from '../controls/kept.ts'
import { isVersionRange } from '../controls/versions.ts'
import { when } from './when.ts'
import { rateTexts } from './sampling.ts'
import type { Setting } from './setting.ts'
import type { Layout } from '../machine/layout.ts'

/** What `status` shows of the publisher's control file. */
export interface ControlStatus {
  /** The address of the file, without what may be a key; null if only the name of the tool is known. */
  readonly url: string | null
  /** The time of the last request; null if there was none yet. */
  readonly asked: string | null
  /** The result of that request: `ok`, or why the answer was rejected; null if there was none. */
  readonly answer: string | null
  /** When the stored file was signed; null if no file is stored. */
  readonly signed: string | null
  readonly rules: readonly Rule[]
  /** What the rules stop in this version; null if the version is not known. */
  readonly stops: Stop | 'nothing' | null
}

const stopsOf = (kept: Kept | undefined, version: string): Stop | 'nothing' => {
  const { crashes, usage } = inForce(kept?.controls, version)
  if (crashes && usage) return 'all'
  return crashes ? 'crashes' : usage ? 'usage' : 'nothing'
}

/** Without user, password and query, since people paste the status into issues. */
const addressOf = (url: string): string => {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

/** The status of the control file; null for a tool without one. */
export const controlStatus = ({ options }: Setting, files: Layout | undefined): ControlStatus | null => {
  const kept = files && readKept(files.controls)
  if (options ? !options.controls : !kept) return null
  return {
    url: options?.controls ? addressOf(options.controls.url) : null,
    asked: kept ? new Date(kept.asked).toISOString() : null,
    answer: kept?.answer ?? null,
    signed: kept?.controls?.signed ?? null,
    rules: kept?.controls?.rules ?? [],
    stops: options ? stopsOf(kept, options.app.version) : null,
  }
}

const words: Record<Stop, string> = { all: 'everything', crashes: 'crash reports', usage: 'all but crash reports' }

const ruleText = ({ versions, stop, sampleRate }: Rule): string => {
  // A value that only a later version of this package knows is shown as `inForce` reads it.
  const stopped = stop === undefined ? [] : [`stops ${words[stops.find((each) => each === stop) ?? 'all']}`]
  const measures = [...stopped, ...rateTexts(sampleRate)]
  const areKnown = Array.isArray(versions) && versions.every(isVersionRange)
  return `${measures.join(', ') || 'nothing'} (${areKnown ? `versions ${versions.join(', ')}` : 'all versions'})`
}

/** Lines for the terminal, not yet escaped. */
export const controlLines = ({ url, asked, answer, signed, rules, stops }: ControlStatus): string[] => [
  `controls ${url ?? 'of the publisher'}: ${asked === null ? 'not asked yet' : `${answer ?? ''} (asked ${when(new Date(asked))})`}`,
  ...(signed === null
    ? []
    : [`         signed ${when(new Date(signed))}: ${rules.map(ruleText).join('; ') || 'no rules'}`]),
  ...(stops === null || stops === 'nothing'
    ? []
    : [`stopped  the publisher has stopped ${words[stops]} of this version`]),
]
