import type { Node } from './rows.ts'

/**
 * The colours of style.css. Eight hues that people with colour blindness can tell apart; more providers repeat them.
 */
const hues = 8

/** Number of the hue of a provider, or `none`. */
export const hueOf = (provider: number): string => (provider < 0 ? 'none' : String(provider % hues))

/** Name of the CSS variable with the colour of a span's bar. */
export const colourOf = ({ span, provider }: Node): string => (span.failed ? '--failed' : `--hue-${hueOf(provider)}`)
