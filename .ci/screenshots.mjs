// Takes the screenshots in docs/images: npm run screenshots. Needs the build.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import Convert from 'ansi-to-html'
import { chromium } from 'playwright-core'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const images = join(root, 'docs/images')
mkdirSync(images, { recursive: true })
const place = mkdtempSync(join(tmpdir(), 'cq-screenshots-'))
// As root the database server runs under another account, which must be able to look in here.
chmodSync(place, 0o711)
const env = { PATH: process.env.PATH, HOME: place, TERM: 'xterm-256color' }

/** Runs a command in a pseudo-terminal of 110 columns and returns its output. */
const onTerminal = (command) =>
  execFileSync('script', ['-qec', `stty cols 110 rows 50; ${command}`, '/dev/null'], {
    cwd: place,
    env,
    encoding: 'utf8',
  })

/** The host overwrites its progress in one line, which is what a reader would not see in the end. */
// oxlint-disable-next-line no-control-regex
const overwritten = /^.*\u001b\[K/gm
// oxlint-disable-next-line no-control-regex
const dim = /\u001b\[2m(.*?)\u001b\[22m/g

const terminalPage = (command, shown) => {
  const html = new Convert({
    escapeXML: true,
    fg: '#e3e9ef',
    bg: '#12181f',
    colors: { 1: '#ff7b72', 2: '#7dd3a0', 4: '#6cb0f5', 5: '#b79bf0', 6: '#4fc9bd', 8: '#7f8c99' },
  }).toHtml(shown.replaceAll('\r', '').replaceAll(overwritten, '').replaceAll(dim, '\u001b[90m$1\u001b[39m').trimEnd())
  return `<!doctype html><meta charset="utf-8"><body style="margin:0;background:#12181f"><pre style="margin:0;padding:16px;display:inline-block;font:13px/1.35 'DejaVu Sans Mono',monospace;color:#e3e9ef;background:#12181f">$ ${command}\n${html}</pre>`
}

/** The reference host with a PostgreSQL of its own: the first run sets that up, the picture is of the second. */
const host = join(root, 'examples/cloudquery/bin/cloudquery.js')
onTerminal(`${process.execPath} ${host} fetch`)
const shown = onTerminal(`${process.execPath} ${host} fetch --inspect-telemetry`).replaceAll(
  new RegExp(`\\s*${place}/`, 'g'),
  ' ',
)
const [terminal, view] = [join(place, 'terminal.html'), join(place, 'view.html')]
writeFileSync(terminal, terminalPage('cloudquery fetch --inspect-telemetry', shown))
const main = join(root, 'dist/command/main.js')
execFileSync(process.execPath, [main, 'view', 'cloudquery.log', '--html', view], { cwd: place, env })

/** Sharp on screens with twice the pixels, too. */
const deviceScaleFactor = 2
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
try {
  const tab = await browser.newPage({ deviceScaleFactor, viewport: { width: 1000, height: 600 } })
  await tab.goto(pathToFileURL(terminal).href)
  await tab.locator('pre').screenshot({ path: join(images, 'inspect-terminal.png') })
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ deviceScaleFactor, colorScheme, viewport: { width: 1300, height: 820 } })
    await page.goto(pathToFileURL(view).href)
    await page.getByRole('row').nth(2).click()
    await page.screenshot({ path: join(images, `view-${colorScheme}.png`) })
  }
} finally {
  await browser.close()
  rmSync(place, { recursive: true, force: true })
}
