import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pathToFileURL } from 'node:url'
import { distro } from '../../src/schema/distro.ts'
import { openFile, startBrowser } from '../support/browser.ts'
import { newPlace, type Place, run, runFixture } from '../support/program.ts'
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

  const failing = (index: number): Sketch => ({
    ...resource(index),
    attributes: [
      ...(resource(index).attributes ?? []),
      { key: 'cq.success', value: { boolValue: false } },
      { key: 'cq.errors', value: { intValue: '1' } },
    ],
  })
  const provider = (id: number, name: string, from: number, to: number): Sketch => ({
    id,
    parent: 2,
    name,
    from,
    to,
    type: 'provider',
    attributes: [stringValue('cq.provider.name', name)],
  })
  /** Two providers with two resources each, of which the last failed. */
  const twoProviders = lineOf([
    run1,
    { ...operation, attributes: [...(operation.attributes ?? []), { key: 'cq.errors', value: { intValue: '1' } }] },
    provider(3, 'aws', 100, 500),
    provider(4, 'gcp', 500, 900),
    { ...resource(0), parent: 3 },
    { ...resource(1), parent: 3 },
    { ...resource(2), parent: 4, from: 600, to: 610 },
    { ...failing(3), parent: 4, from: 700, to: 850 },
  ])

  /** A page by the text that it shows: most tests look at the same few. */
  const pages = new Map<string, string>()
  const pageOf = async (text: string): Promise<string> => {
    const [spans, html] = [join(place.cwd, 'spans.jsonl'), join(place.cwd, 'view.html')]
    writeFileSync(spans, text)
    const { code, stderr } = await run(process.execPath, [main, 'view', spans, '--html', html], place)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const page = readFileSync(html, 'utf8')
    pages.set(text, page)
    return page
  }
  const show = async (text: string, colorScheme: 'light' | 'dark' = 'light') => {
    const html = join(place.cwd, 'view.html')
    writeFileSync(html, pages.get(text) ?? (await pageOf(text)))
    return { ...(await openFile(browser, html, colorScheme)), html }
  }

  const rowsOf = (tab: Page) => tab.getByRole('treegrid').getByRole('row')

  test.each(['light', 'dark'] as const)(
    'shows 10,000 collapsed spans in %s, makes no request and logs nothing',
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

  test('expands 10,000 spans, and has only the visible ones in the document', async () => {
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

  test('finds spans by name, attribute and value, and shows their ancestors', async () => {
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

  test('shows the purpose of each attribute', async () => {
    const { tab } = await show(many(3))
    await rowsOf(tab).filter({ hasText: 'r1' }).click()
    const details = tab.getByRole('complementary')
    expect(await details.innerText()).toMatch(/r1[^]*1\.0 ms, started at 101\.0 ms, less than 1 % of the run/)
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
    await tab.getByRole('treegrid').press('Home')
    await tab.keyboard.press('+')
    const first = () => tab.locator('.axis span').first().innerText()
    expect(await first()).toBe('300 ms')
    await tab.getByRole('button', { name: 'Later' }).click()
    expect(await first()).toBe('400 ms')
  })

  test.each([
    ['+', 8],
    ['-', 2],
  ])('keeps the selected span in view when it zooms by %s', async (key, times) => {
    const { tab } = await show(twoProviders)
    await tab.getByRole('button', { name: 'Expand all' }).click()
    const chosen = rowsOf(tab).filter({ hasText: 'r3' })
    await chosen.click()
    for (let press = 0; press < times; press++) {
      await tab.keyboard.press(key)
      expect(await chosen.locator('.bar').count()).toBe(1)
    }
  })

  test('brings a span into view that is selected outside of the window', async () => {
    const { tab } = await show(twoProviders)
    await rowsOf(tab).filter({ hasText: 'r0' }).click()
    await tab.keyboard.press('f')
    expect(await rowsOf(tab).filter({ hasText: 'r3' }).innerText()).toContain('later')
    await rowsOf(tab).filter({ hasText: 'r3' }).click()
    expect(await rowsOf(tab).filter({ hasText: 'r3' }).locator('.bar').count()).toBe(1)
  })

  test('has a window in the overview that can be drawn, moved, resized and closed', async () => {
    const { tab } = await show(twoProviders)
    const box = await tab.locator('.minimap').boundingBox()
    if (!box) throw new Error('no overview')
    const drag = async (from: number, to: number) => {
      await tab.mouse.move(box.x + from * box.width, box.y + 12)
      await tab.mouse.down()
      await tab.mouse.move(box.x + to * box.width, box.y + 12, { steps: 4 })
      await tab.mouse.up()
    }
    const edges = async () =>
      Promise.all(
        ['Start', 'End'].map(async (edge) =>
          Number(await tab.getByRole('slider', { name: edge }).getAttribute('aria-valuenow')),
        ),
      )
    await drag(0.2, 0.6)
    expect(await edges()).toEqual([20, 60])
    await drag(0.4, 0.5)
    expect(await edges()).toEqual([30, 70])
    await drag(0.7, 0.9)
    expect(await edges()).toEqual([30, 90])
    await tab.getByRole('slider', { name: 'Start' }).press('ArrowLeft')
    expect(await edges()).toEqual([29, 90])
    await tab.locator('.minimap').dblclick({ position: { x: box.width / 2, y: 12 } })
    expect(await edges()).toEqual([0, 100])
  })

  test.each([320, 480, 800, 1440])('has ticks that do not touch at %i pixels, at any zoom', async (width) => {
    const { tab } = await show(twoProviders)
    await tab.setViewportSize({ width, height: 800 })
    await rowsOf(tab).filter({ hasText: 'r3' }).click()
    for (let zoom = 0; zoom < 12; zoom++) {
      const { axes, end } = await tab.evaluate<{ axes: [number, number][][]; end: number }>(
        `({ axes: ['.scale', '.axis'].map((name) => [...document.querySelectorAll(name + ' span')].map((tick) => {
             const range = document.createRange()
             range.selectNodeContents(tick)
             const { left, right } = range.getBoundingClientRect()
             return [left, right]
           })), end: document.querySelector('.axis').getBoundingClientRect().right })`,
      )
      for (const ticks of axes) {
        expect(ticks.length).toBeGreaterThan(0)
        for (const [index, [left]] of ticks.entries())
          expect(left).toBeGreaterThan((ticks[index - 1]?.[1] ?? -Infinity) + 3)
      }
      expect(axes[1]?.at(-1)?.[1]).toBeLessThanOrEqual(end)
      await tab.keyboard.press('+')
    }
    expect(await tab.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
  })

  test('shows on every level that a span below failed, even if it is collapsed', async () => {
    const { tab } = await show(twoProviders)
    const marks = () =>
      tab
        .locator('.row', { has: tab.locator('.mark') })
        .locator('.text')
        .allInnerTexts()
    expect(await marks()).toEqual(['mytool', 'fetch', 'gcp', 'r3'])
    await tab.getByRole('button', { name: 'Collapse all' }).click()
    expect(await marks()).toEqual(['mytool', 'fetch'])
    expect(await rowsOf(tab).last().innerText()).toContain('1 error')
    await tab.getByRole('button', { name: 'Expand all' }).click()
    expect(await rowsOf(tab).count()).toBe(8)
  })

  test('shows only the failed spans, and moves from one to the next', async () => {
    const { tab } = await show(twoProviders)
    await tab.getByRole('button', { name: /^Errors only/ }).click()
    expect(await tab.locator('.row .text').allInnerTexts()).toEqual(['mytool', 'fetch', 'gcp', 'r3'])
    expect(await tab.locator('output').innerText()).toBe('1 of 8 spans')
    await tab.keyboard.press('e')
    expect(await rowsOf(tab).count()).toBe(8)
    await tab.keyboard.press('[')
    await tab.keyboard.press('n')
    expect(await tab.locator('[aria-selected=true] .text').innerText()).toBe('r3')
  })

  test('colours bars by provider, and failures', async () => {
    const { tab } = await show(twoProviders)
    const colour = (name: string) =>
      tab.evaluate<string>(
        `getComputedStyle([...document.querySelectorAll('.row')].find((row) => row.querySelector('.text').textContent === '${name}').querySelector('.bar')).backgroundColor`,
      )
    const [aws, gcp, r1, r2, r3, fetch] = await Promise.all(['aws', 'gcp', 'r1', 'r2', 'r3', 'fetch'].map(colour))
    expect([r1, r2]).toEqual([aws, gcp])
    expect(new Set([aws, gcp, r3, fetch]).size).toBe(4)
  })

  test('lists its keys, and returns the focus', async () => {
    const { tab } = await show(twoProviders)
    await tab.keyboard.press('?')
    const dialog = tab.getByRole('dialog', { name: 'Keyboard and mouse' })
    expect(await dialog.locator('kbd').allInnerTexts()).toEqual(expect.arrayContaining(['/', 'e', 'f', 'Enter', '?']))
    await tab.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await tab.keyboard.press('/')
    await tab.keyboard.type('e0r3')
    expect(await tab.getByRole('searchbox').inputValue()).toBe('e0r3')
  })

  test('animates nothing for users who prefer less motion', async () => {
    const { tab } = await show(twoProviders)
    const durations = () =>
      tab.evaluate<string[]>(
        `[...document.querySelectorAll('*')].map((e) => getComputedStyle(e).transitionDuration).filter((d) => d !== '0s')`,
      )
    expect(await durations()).not.toEqual([])
    await tab.emulateMedia({ reducedMotion: 'reduce' })
    expect(await durations()).toEqual([])
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
    const [download] = await Promise.all([
      tab.waitForEvent('download'),
      tab.getByRole('button', { name: 'Download the request to RudderStack' }).click(),
    ])
    expect(JSON.parse(readFileSync(await download.path(), 'utf8'))).toEqual(body)
    await tab.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await tab.getByRole('button', { name: 'Copy the request to RudderStack' }).click()
    await tab.getByText('Copied').waitFor()
    expect(JSON.parse(await tab.evaluate<string>('navigator.clipboard.readText()'))).toEqual(body)
    await requests.last().getByRole('checkbox').check()
    expect(await requests.last().locator('pre').innerText()).toContain('\n  "batch": [\n')
  })

  test('shows hostile values as text, and runs none of them', async () => {
    const hostile = '</script><script>document.title=1</script><img src=x onerror="document.title=2">\u2028javascript:'
    const more = [stringValue(hostile, hostile), stringValue('__proto__', hostile)]
    const { tab, said, html } = await show(
      lineOf([run1, { ...operation, name: hostile, attributes: more }, { ...resource(0), name: `${hostile}2` }]),
    )
    expect(await tab.title()).toContain(hostile)
    expect(said).toEqual([])
    await tab.locator('.row').nth(1).click()
    expect(await tab.getByRole('complementary').innerText()).toContain('<img src=x onerror=')
    expect(await tab.locator('img').count()).toBe(0)
    expect(readFileSync(html, 'utf8').match(/<script/g)).toHaveLength(2)
    expect(await tab.getByRole('complementary').innerText()).toContain('Not in the table: it is never sent.')
  })

  test('runs only its own script', async () => {
    const { tab, html } = await show(many(1))
    const injected = readFileSync(html, 'utf8').replace(
      '<div id="app">',
      '<script>document.title="x"</script><div id="app">',
    )
    writeFileSync(html, injected)
    await tab.goto(pathToFileURL(html).href)
    expect(await tab.title()).toBe('mytool fetch · 1.00 s · no errors')
    expect(await rowsOf(tab).count()).toBe(3)
  })

  test('shows one of several runs, and a choice', async () => {
    const other = many(1).replaceAll('a'.repeat(32), 'b'.repeat(32)).replaceAll('"mytool"', '"other"')
    const { tab } = await show(many(1) + other)
    expect(await tab.getByRole('option').count()).toBe(2)
    const first = await rowsOf(tab).first().innerText()
    await tab.getByRole('combobox').selectOption({ index: 0 })
    expect(await rowsOf(tab).first().innerText()).not.toBe(first)
  })

  test('shows the newest runs if there are more than a browser can hold', async () => {
    const runs = Array.from({ length: 7 }, (_, index) =>
      many(8_000).replaceAll('a'.repeat(32), String(index).repeat(31) + 'f'),
    )
    const spans = join(place.cwd, 'spans.jsonl')
    writeFileSync(spans, runs.join(''))
    const { stderr } = await run(process.execPath, [main, 'view', spans, '--html', join(place.cwd, 'x.html')], place)
    expect(stderr).toBe('The page holds the last 6 of 7 runs.\n')
  })

  test.each(['light', 'dark'] as const)('has no accessibility fault that axe finds, in %s', async (scheme) => {
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

  test.each([
    ['a collector’s file', many(3), 'mytool fetch · 1.00 s · no errors'],
    ['a failure', twoProviders, 'mytool fetch · 1.00 s · 1 error'],
  ])('has a title with the tool, the time and the verdict, of %s', async (_, text, title) => {
    const { tab, html } = await show(text)
    expect(readFileSync(html, 'utf8')).toContain(`<title>${title}</title>`)
    expect(await tab.title()).toBe(title)
  })

  test.each([
    ['none', {}, false],
    ['OpenTelemetry alone', { OTLP_OPTION: '{"endpoint":"http://127.0.0.1:9"}' }, false],
    ['RudderStack', { RUDDER_URL: 'http://127.0.0.1:9' }, true],
  ])('of a tool with %s shows track events only with RudderStack', async (_, env, shown) => {
    const { stderr } = await runFixture('fetch.mjs', place, env, ['--inspect-telemetry'])
    expect(stderr.includes('rack event')).toBe(shown)
    const html = join(place.cwd, 'view.html')
    const { stdout } = await run(process.execPath, [main, 'view'], place)
    expect(stdout.includes('rack event')).toBe(shown)
    await run(process.execPath, [main, 'view', '--html', html], place)
    const { tab } = await openFile(browser, html)
    const text = await tab.locator('body').innerText()
    expect(/rack event|RudderStack/.test(text)).toBe(shown)
    expect(text).toContain('OpenTelemetry')
    expect(await tab.title()).toMatch(/^cloudquery fetch · [\d.]+ m?s · no errors · nothing was sent · 1\.2\.3$/)
  })

  test('fits a narrow screen, with what would be sent above what was removed', async () => {
    const { tab } = await show(twoProviders)
    const boxes = async () =>
      Promise.all(
        ['What would be sent', 'What was removed'].map((name) => tab.getByRole('region', { name }).boundingBox()),
      )
    const [sent, removed] = await boxes()
    expect(sent?.y).toBe(removed?.y)
    await tab.setViewportSize({ width: 320, height: 800 })
    expect(await tab.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
    const [above, below] = await boxes()
    expect(above?.y).toBeLessThan(below?.y ?? 0)
  })
})
