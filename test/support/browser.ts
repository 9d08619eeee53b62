import { type Browser, chromium, type Page } from 'playwright-core'
import { pathToFileURL } from 'node:url'

/** A real browser, without a window. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })

export interface OpenPage {
  readonly tab: Page
  /** What the console said, errors of scripts and of the content security policy included. */
  readonly said: readonly string[]
  /** Every address that was asked for. */
  readonly asked: readonly string[]
}

export const openFile = async (
  browser: Browser,
  path: string,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<OpenPage> => {
  const tab = await browser.newPage({ colorScheme, viewport: { width: 1400, height: 900 } })
  const said: string[] = []
  const asked: string[] = []
  tab.on('console', (message) => said.push(message.text()))
  tab.on('pageerror', (error) => said.push(error.message))
  tab.on('request', (request) => asked.push(request.url()))
  await tab.goto(pathToFileURL(path).href)
  return { tab, said, asked }
}
