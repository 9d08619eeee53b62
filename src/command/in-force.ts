import type { Rule, Stop } from '../controls/controls.ts'
import { inForce } from '../controls/in-force.ts'
import { type Kept, readKept } from '../controls/kept.ts'
import { when } from './when.ts'
import { rateTexts } from './sampling.ts'
import type { Setting } from './setting.ts'
import type { Layout } from '../machine/layout.ts'

/** What `status` says of the publisher's control file. */
export interface ControlStatus {
  /** Its address; null where only the name of the tool is known. */
  readonly url: string | null
  /** When it was last asked for; null if it was not yet. */
  readonly asked: string | null
  /** What came of that: `ok`, or why the answer counts for nothing; null if it was not asked for. */
  readonly answer: string | null
  /** When the file was signed whose rules are kept; null if there is none. */
  readonly signed: string | null
  readonly rules: readonly Rule[]
  /** What the rules stop of this version; null where the version is not known. */
  readonly stops: Stop | 'nothing' | null
}

const stopsOf = (kept: Kept | undefined, version: string): Stop | 'nothing' => {
  const { crashes, usage } = inForce(kept?.controls, version)
  if (crashes && usage) return 'all'
  return crashes ? 'crashes' : usage ? 'usage' : 'nothing'
}

/** Null for a tool without a control file. */
export const controlStatus = ({ options }: Setting, files: Layout | undefined): ControlStatus | null => {
  const kept = files && readKept(files.controls)
  if (options ? !options.controls : !kept) return null
  return {
    url: options?.controls?.url ?? null,
    asked: kept ? new Date(kept.asked).toISOString() : null,
    answer: kept?.answer ?? null,
    signed: kept?.controls?.signed ?? null,
    rules: kept?.controls?.rules ?? [],
    stops: options ? stopsOf(kept, options.app.version) : null,
  }
}

const words: Record<Stop, string> = { all: 'everything', crashes: 'crash reports', usage: 'all but crash reports' }

const ruleText = ({ versions, stop, sampleRate }: Rule): string => {
  const measures = [...(stop === undefined ? [] : [`stops ${words[stop]}`]), ...rateTexts(sampleRate)]
  return `${measures.join(', ') || 'nothing'} (${versions ? `versions ${versions.join(', ')}` : 'all versions'})`
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
