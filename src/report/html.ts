const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '')

const style = `:root{color-scheme:light dark;--text:#1c2733;--page:#fff;--line:#d5dde5;--quiet:#5b6b7b}
@media(prefers-color-scheme:dark){:root{--text:#e3e9ef;--page:#12181f;--line:#34414e;--quiet:#9aa9b8}figure{filter:invert(.88) hue-rotate(180deg)}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--page);max-width:960px;margin:2rem auto;padding:0 1rem}
section{border-top:1px solid var(--line);margin-top:2rem}figure{margin:0}figure svg{width:100%;height:auto}
table{border-collapse:collapse;font-size:.9rem;display:block;overflow-x:auto}td:nth-child(-n+3){white-space:nowrap}caption{text-align:left;color:var(--quiet)}
th,td{padding:.2rem .8rem .2rem 0;border-bottom:1px solid var(--line);text-align:left}.number{text-align:right;font-variant-numeric:tabular-nums}`

/**
 * A self-contained HTML page without scripts, which makes no request. `title` and `about` are text, `sections` HTML.
 */
export const pageOf = (title: string, about: string, sections: readonly string[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>${style}</style></head>
<body><h1>${escapeHtml(title)}</h1><p>${escapeHtml(about)}</p>
${sections.join('\n')}
</body></html>
`
