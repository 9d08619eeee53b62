// Takes the screenshots in docs/images: npm run screenshots. Needs the build.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import Convert from 'ansi-to-html'
import { chromium } from 'playwright-core'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const images = join(root, 'docs/images')
mkdirSync(images, { recursive: true })
const place = mkdtempSync(join(tmpdir(), 'cq-screenshots-'))
const env = { PATH: process.env.PATH, HOME: place, TERM: 'xterm-256color' }

/** Runs a command in a pseudo-terminal of 110 columns and returns its output. */
const onTerminal = (command) =>
  execFileSync('script', ['-qec', `stty cols 110 rows 50; ${command}`, '/dev/null'], {
    cwd: place,
    env,
    encoding: 'utf8',
  })

const terminalPage = (command, shown) => {
  const html = new Convert({ escapeXML: true, fg: '#e3e9ef', bg: '#12181f' }).toHtml(
    shown.replaceAll('\r', '').trimEnd(),
  )
  return `<!doctype html><meta charset="utf-8"><body style="margin:0;background:#12181f"><pre style="margin:0;padding:16px;display:inline-block;font:13px/1.35 'DejaVu Sans Mono',monospace;color:#e3e9ef;background:#12181f">$ ${command}\n${html}</pre>`
}

const fixture = join(root, 'test/fixtures/waterfall.mjs')
const shown = onTerminal(`${process.execPath} ${fixture} --inspect-telemetry`).replaceAll(`${place}/`, '')
const [terminal, view] = [join(place, 'terminal.html'), join(place, 'view.html')]
writeFileSync(terminal, terminalPage('cloudquery fetch --inspect-telemetry', shown))
const main = join(root, 'dist/command/main.js')
execFileSync(process.execPath, [main, 'view', 'cloudquery.log', '--html', view], { cwd: place, env })

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
try {
  const tab = await browser.newPage({ viewport: { width: 1000, height: 600 } })
  await tab.goto(pathToFileURL(terminal).href)
  await tab.locator('pre').screenshot({ path: join(images, 'inspect-terminal.png') })
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1300, height: 820 } })
    await page.goto(pathToFileURL(view).href)
    await page.locator('.row').nth(2).dblclick()
    await page.locator('.row').nth(3).click()
    await page.screenshot({ path: join(images, `view-${colorScheme}.png`) })
  }
} finally {
  await browser.close()
  rmSync(place, { recursive: true, force: true })
}
