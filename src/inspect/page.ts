import { createHash } from 'node:crypto'
import type { PageData } from './page-data.ts'
import { titleLine, titleOf } from './title.ts'

/** Script and style of `page/`; the build replaces these names by their text. */
declare const PAGE_SCRIPT: string
declare const PAGE_STYLE: string

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** JSON for a script element. It contains no `<`, so that no text in it can end the element. */
const embedded = (data: PageData): string => JSON.stringify(data).replaceAll('<', '\\u003c')

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
const escaped = (text: string): string => text.replaceAll(/[&<>]/g, (character) => escapes[character] ?? '')

/** The title of the run that the page shows first. */
const titleText = ({ runs, verdict }: PageData): string => {
  const last = runs.at(-1)
  return last ? titleLine(titleOf(last, verdict)) : 'Telemetry'
}

/**
 * Returns a self-contained HTML page that makes no request. Its content security policy allows only this package's own
 * script and style, by their hashes, so that nothing from a displayed file can run.
 */
export const asPage = (data: PageData): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(titleText(data))}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${hashOf(PAGE_SCRIPT)}; style-src ${hashOf(PAGE_STYLE)}; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">
<style>${PAGE_STYLE}</style></head>
<body><div id="app"></div><noscript>This page needs its script to draw the spans. The script makes no requests.</noscript>
<script type="application/json" id="data">${embedded(data)}</script>
<script>${PAGE_SCRIPT}</script></body></html>
`
