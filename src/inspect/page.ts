import { createHash } from 'node:crypto'
import type { PageData } from './page-data.ts'

/** The build puts the script and the style of `page/` in their place. */
declare const PAGE_SCRIPT: string
declare const PAGE_STYLE: string

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** JSON in which nothing ends the element that it stands in. */
const embedded = (data: PageData): string => JSON.stringify(data).replaceAll('<', '\\u003c')

/**
 * One page that needs nothing else and asks nobody. Its policy lets run the one script and apply the one style that were
 * built with this package; whatever a file holds is data.
 */
export const asPage = (data: PageData): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Telemetry</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${hashOf(PAGE_SCRIPT)}; style-src ${hashOf(PAGE_STYLE)}; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">
<style>${PAGE_STYLE}</style></head>
<body><div id="app"></div><noscript>This page draws its spans with a script of its own, which asks nobody.</noscript>
<script type="application/json" id="data">${embedded(data)}</script>
<script>${PAGE_SCRIPT}</script></body></html>
`
