import { createHash } from 'node:crypto'
import type { PageData } from './page-data.ts'

/** Script and style of `page/`; the build replaces these names by their text. */
declare const PAGE_SCRIPT: string
declare const PAGE_STYLE: string

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** JSON for a script element. Without `<`, so that no text in it can end the element. */
const embedded = (data: PageData): string => JSON.stringify(data).replaceAll('<', '\\u003c')

/**
 * Returns a self-contained HTML page that makes no request. Its content security policy allows only this package's own
 * script and style, by their hashes: nothing that comes from a displayed file can run.
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
