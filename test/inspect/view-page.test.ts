import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pathToFileURL } from 'node:url'
import { distro } from '../../src/schema/distro.ts'
import { openFile, startBrowser } from '../support/browser.ts'
import { newPlace, type Place, run } from '../support/program.ts'
import { withTool } from '../support/tools.ts'

/** The page of `view --html`, in a real browser. */

withTool('chromium', describe)('the page', () => {
  let place: Place
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser.close())
  beforeEach(() => {
    place = newPlace()
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
    place.remove()
  })

  const main = new URL('../../dist/command/main.js', import.meta.url).pathname
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  const startMs = Date.UTC(2026, 10, 23)
  const nanos = (ms: number): string => `${BigInt(Math.round((startMs + ms) * 1000)) * 1000n}`
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
  const stringValue = (key: string, value: string) => ({ key, value: { stringValue: value } })

  interface Sketch {
    readonly id: number
    readonly parent?: number
    readonly name: string
    readonly from: number
    readonly to: number
    readonly type: string
    readonly attributes?: readonly object[]
  }
  const spanOf = ({ id, parent, name, from, to, type, attributes = [] }: Sketch) => ({
    traceId: 'a'.repeat(32),
    spanId: hex(id, 16),
    ...(parent !== undefined && { parentSpanId: hex(parent, 16) }),
    name,
    startTimeUnixNano: nanos(from),
    endTimeUnixNano: nanos(to),
    attributes: [stringValue('cq.span.type', type), ...attributes],
  })
  const lineOf = (spans: readonly Sketch[]): string =>
    `${JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes: [stringValue('service.name', 'mytool')] },
          scopeSpans: [{ scope: { name: distro.name }, spans: spans.map(spanOf) }],
        },
      ],
    })}\n`

  const run1: Sketch = { id: 1, name: 'mytool', from: 0, to: 1000, type: 'run' }
  const operation: Sketch = {
    id: 2,
    parent: 1,
    name: 'fetch',
    from: 100,
    to: 900,
    type: 'operation',
    attributes: [stringValue('cq.operation.name', 'fetch')],
  }
  const resource = (index: number): Sketch => ({
    id: 10 + index,
    parent: 2,
    name: `r${index}`,
    from: 100 + (index % 800),
    to: 101 + (index % 800),
    type: 'resource',
    attributes: [stringValue('cq.resource.name', `r${index}`)],
  })
  const many = (count: number): string =>
    lineOf([run1, operation, ...Array.from({ length: count }, (_, index) => resource(index))])

  const show = async (text: string, colorScheme: 'light' | 'dark' = 'light') => {
    const [spans, html] = [join(place.cwd, 'spans.jsonl'), join(place.cwd, 'view.html')]
    writeFileSync(spans, text)
    const { code, stderr } = await run(process.execPath, [main, 'view', spans, '--html', html], place)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return { ...(await openFile(browser, html, colorScheme)), html }
  }

  const rowsOf = (tab: Page) => tab.getByRole('treegrid').getByRole('row')

  test.each(['light', 'dark'] as const)(
    'in %s shows 10,000 spans folded, asks nobody and says nothing',
    async (scheme) => {
      const { tab, said, asked, html } = await show(many(9_998), scheme)
      expect(asked).toEqual([pathToFileURL(html).href])
      expect(said).toEqual([])
      expect(await rowsOf(tab).allInnerTexts()).toEqual([
        expect.stringContaining('mytool'),
        expect.stringMatching(/fetch[^]*9,998 spans folded/),
      ])
      expect(await tab.locator('output').innerText()).toBe('10,000 spans')
      const brightness = (property: string) =>
        tab.evaluate<number>(`Number(/\\d+/.exec(getComputedStyle(document.body).${property})[0])`)
      const [text, page] = [await brightness('color'), await brightness('backgroundColor')]
      expect(scheme === 'light' ? page - text : text - page).toBeGreaterThan(150)
      const picture = await tab.screenshot()
      expect(picture.length).toBeGreaterThan(20_000)
      if (process.env['CQ_SCREENSHOTS'])
        writeFileSync(join(process.env['CQ_SCREENSHOTS'], `view-${scheme}.png`), picture)
    },
  )

  test('unfolds 10,000 spans, of which those in sight are in the document', async () => {
    const { tab } = await show(many(9_998))
    await tab.getByRole('treegrid').focus()
    for (const key of ['ArrowDown', 'ArrowRight']) await tab.keyboard.press(key)
    const grid = tab.getByRole('treegrid')
    expect(await grid.getAttribute('aria-rowcount')).toBe('10000')
    expect(await rowsOf(tab).count()).toBeLessThan(100)
    await tab.keyboard.press('End')
    const last = tab.locator('[aria-rowindex="10000"]')
    await last.waitFor()
    expect(await last.getAttribute('aria-selected')).toBe('true')
    expect(await grid.getAttribute('aria-activedescendant')).toBe(await last.getAttribute('id'))
    await tab.keyboard.press('ArrowLeft')
    expect(await tab.locator('[aria-selected=true]').innerText()).toContain('fetch')
    await tab.keyboard.press('ArrowLeft')
    expect(await grid.getAttribute('aria-rowcount')).toBe('2')
  })

  test('finds by name, attribute and value, with what is above', async () => {
    const { tab } = await show(many(9_998))
    await tab.getByRole('searchbox').fill('R4242')
    expect(await tab.locator('output').innerText()).toBe('1 of 10,000 spans')
    expect((await rowsOf(tab).allInnerTexts()).map((row) => /(?:mytool|fetch|r\d+)/.exec(row)?.[0])).toEqual([
      'mytool',
      'fetch',
      'r4242',
    ])
    await tab.getByRole('searchbox').fill('nothing of this')
    expect(await tab.locator('output').innerText()).toBe('0 of 10,000 spans')
  })

  test('says of each attribute what it is for', async () => {
    const { tab } = await show(many(3))
    await rowsOf(tab).filter({ hasText: 'r1' }).click()
    const details = tab.getByRole('complementary')
    expect(await details.innerText()).toMatch(/r1[^]*1\.0 ms, begun after 101\.0 ms/)
    expect(await details.getByRole('row').filter({ hasText: 'cq.resource.name' }).innerText()).toContain(
      'Which resources are fetched.',
    )
  })

  test('zooms to a span and back, by buttons and by keys', async () => {
    const { tab } = await show(many(3))
    const width = async () =>
      (await tab.locator('.row').filter({ hasText: 'r1' }).locator('.bar').boundingBox())?.width ?? 0
    const before = await width()
    await rowsOf(tab).filter({ hasText: 'r1' }).click()
    await tab.getByRole('button', { name: 'Zoom to the span' }).click()
    expect(await width()).toBeGreaterThan(20 * before)
    await tab.getByRole('treegrid').press('0')
    expect(await width()).toBe(before)
    await tab.getByRole('treegrid').press('+')
    expect(await tab.locator('.axis span').allInnerTexts()).toEqual(['250.0 ms', '500.0 ms', '750.0 ms'])
    await tab.getByRole('button', { name: 'Later' }).click()
    expect(await tab.locator('.axis span').first().innerText()).toBe('375.0 ms')
  })

  test('has the requests as they would be sent', async () => {
    const { tab } = await show(many(3))
    const requests = tab.locator('details').filter({ hasText: 'before compression' })
    expect(await requests.locator('summary').allInnerTexts()).toEqual([
      expect.stringMatching(/^OpenTelemetry: POST …\/v1\/traces, [\d,]+ bytes before compression$/),
      expect.stringMatching(/^RudderStack: POST …\/v1\/batch, /),
    ])
    await requests.last().locator('summary').click()
    const body = JSON.parse(await requests.last().locator('pre').innerText()) as { batch: { event: string }[] }
    expect(body.batch.map(({ event }) => event)).toEqual(['run', 'operation'])
    await requests.last().getByRole('checkbox').check()
    expect(await requests.last().locator('pre').innerText()).toContain('\n  "batch": [\n')
  })

  test('shows hostile values as text, and runs nothing of them', async () => {
    const hostile = '</script><script>document.title=1</script><img src=x onerror="document.title=2">\u2028javascript:'
    const more = [stringValue(hostile, hostile), stringValue('__proto__', hostile)]
    const { tab, said, html } = await show(
      lineOf([run1, { ...operation, name: hostile, attributes: more }, { ...resource(0), name: `${hostile}2` }]),
    )
    expect(await tab.title()).toBe('Telemetry')
    expect(said).toEqual([])
    await tab.locator('.row').nth(1).click()
    expect(await tab.getByRole('complementary').innerText()).toContain('<img src=x onerror=')
    expect(await tab.locator('img').count()).toBe(0)
    expect(readFileSync(html, 'utf8').match(/<script/g)).toHaveLength(2)
    expect(await tab.getByRole('complementary').innerText()).toContain('Not in the table: it is never sent.')
  })

  test('lets no script but its own run', async () => {
    const { tab, html } = await show(many(1))
    const injected = readFileSync(html, 'utf8').replace(
      '<div id="app">',
      '<script>document.title="x"</script><div id="app">',
    )
    writeFileSync(html, injected)
    await tab.goto(pathToFileURL(html).href)
    expect(await tab.title()).toBe('Telemetry')
    expect(await rowsOf(tab).count()).toBe(3)
  })

  test('of several runs shows one, and lets choose', async () => {
    const other = many(1).replaceAll('a'.repeat(32), 'b'.repeat(32)).replaceAll('"mytool"', '"other"')
    const { tab } = await show(many(1) + other)
    expect(await tab.getByRole('option').count()).toBe(2)
    const first = await rowsOf(tab).first().innerText()
    await tab.getByRole('combobox').selectOption({ index: 0 })
    expect(await rowsOf(tab).first().innerText()).not.toBe(first)
  })

  test('of more than a browser can hold has the newest', async () => {
    const runs = Array.from({ length: 7 }, (_, index) =>
      many(8_000).replaceAll('a'.repeat(32), String(index).repeat(31) + 'f'),
    )
    const spans = join(place.cwd, 'spans.jsonl')
    writeFileSync(spans, runs.join(''))
    const { stderr } = await run(process.execPath, [main, 'view', spans, '--html', join(place.cwd, 'x.html')], place)
    expect(stderr).toBe('The page holds the last 6 of 7 runs.\n')
  })

  test.each(['light', 'dark'] as const)('has no fault that axe finds, in %s', async (scheme) => {
    const { html } = await show(many(60))
    const context = await browser.newContext({ bypassCSP: true, colorScheme: scheme })
    const tab = await context.newPage()
    await tab.goto(pathToFileURL(html).href)
    await rowsOf(tab).nth(1).dblclick()
    for (const summary of await tab.locator('summary').all()) await summary.click()
    await tab.addScriptTag({ path: axe })
    const { violations } = await tab.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()')
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
  })

  test('fits a telephone', async () => {
    const { tab } = await show(many(3))
    await tab.setViewportSize({ width: 390, height: 800 })
    expect(await tab.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
  })
})
