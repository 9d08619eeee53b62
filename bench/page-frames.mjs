// Frames of the page of `view --html` with 10,000 spans, in the browser: `npm run build && node bench/page-frames.mjs`.
// Scrolls through all rows, drags the window of the overview, and types into the search, and measures what a frame takes.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const spanCount = 10_000
const framesPerCase = 300
/** The processor time is read once for so many frames. */
const framesPerSample = 10
const main = new URL('../dist/command/main.js', import.meta.url).pathname
const place = mkdtempSync(join(tmpdir(), 'cq-page-frames-'))

const hex = (value, digits) => value.toString(16).padStart(digits, '0')
const text = (key, value) => ({ key, value: { stringValue: value } })
const nanos = (ms) => `${(Date.UTC(2026, 10, 23) + ms) * 1000}000`
const span = (id, parent, name, [from, to], type, more = []) => ({
  traceId: 'a'.repeat(32),
  spanId: hex(id, 16),
  ...(parent > 0 && { parentSpanId: hex(parent, 16) }),
  name,
  startTimeUnixNano: nanos(from),
  endTimeUnixNano: nanos(to),
  attributes: [text('cq.span.type', type), ...more],
  ...(id % 500 === 0 && { status: { code: 2 } }),
})
const providers = ['aws', 'gcp', 'azure', 'k8s']
const resources = Array.from({ length: spanCount - 2 - providers.length }, (_, index) => {
  const at = index % 9000
  return span(100 + index, 3 + (index % providers.length), `r${index}`, [at, at + 50 + (index % 700)], 'resource')
})
const spans = [
  span(1, 0, 'mytool', [0, 10_000], 'run'),
  span(2, 1, 'fetch', [0, 9_900], 'operation'),
  ...providers.map((name, index) => span(3 + index, 2, name, [0, 9_800], 'provider', [text('cq.provider.name', name)])),
  ...resources,
]
const scopeSpans = [{ scope: { name: 'cq-telemetry' }, spans }]
writeFileSync(join(place, 'spans.jsonl'), JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans }] }))
const html = join(place, 'page.html')
execFileSync(process.execPath, [main, 'view', join(place, 'spans.jsonl'), '--html', html])

/** In the page: calls `step` in each of `count` frames. Returns the milliseconds from frame to frame. */
const frames = `async ({ step, from, count, of }) => {
  const frame = () => new Promise(requestAnimationFrame)
  const times = []
  for (let at = from, last = await frame(); at < from + count; at++) {
    step(at / of)
    const now = await frame()
    times.push(now - last)
    last = now
  }
  return times
}`
const cases = {
  'scroll 7,200 px/s': `(() => { const rows = document.querySelector('.rows')
    return () => { rows.scrollTop += 120 } })()`,
  'scroll all rows': `(() => { const rows = document.querySelector('.rows'); const height = rows.scrollHeight - rows.clientHeight
    return (part) => { rows.scrollTop = part * height } })()`,
  'drag the window': `(() => { const map = document.querySelector('.minimap'); const { left, top, width } = map.getBoundingClientRect()
    map.setPointerCapture = () => {}
    const send = (type, part) => map.dispatchEvent(new PointerEvent(type, { bubbles: true, clientX: left + part * width, clientY: top + 8, pointerId: 1 }))
    send('pointerdown', 0)
    return (part) => send('pointermove', 0.1 + part * 0.8) })()`,
  'type into the search': `(() => { const input = document.querySelector('input[type=search]')
    return (part) => { input.value = 'r' + Math.floor(part * 100); input.dispatchEvent(new Event('input', { bubbles: true })) } })()`,
}

const quantile = (values, part) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * part)]
const shown = (ms) => `${ms.toFixed(1)} ms`.padStart(9)

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
try {
  const tab = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await tab.goto(`file://${html}`)
  await tab.keyboard.press(']')
  const devTools = await tab.context().newCDPSession(tab)
  // Processor time of the page's main thread: on a busy machine the clock measures the other processes.
  await devTools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busyMs = async () => {
    const { metrics } = await devTools.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration').value * 1000
  }
  console.log(`${spanCount.toLocaleString('en')} spans, ${framesPerCase} frames each, Chromium ${browser.version()}`)
  console.log(`${''.padEnd(22)}processor time a frame: median, 95 %   from frame to frame: median, 95 %`)
  for (const [name, step] of Object.entries(cases)) {
    await tab.evaluate(`globalThis.step = ${step}`)
    const [work, between] = [[], []]
    for (let from = 0; from < framesPerCase; from += framesPerSample) {
      const before = await busyMs()
      between.push(
        ...(await tab.evaluate(
          `(${frames})({ step, from: ${from}, count: ${framesPerSample}, of: ${framesPerCase} })`,
        )),
      )
      work.push(((await busyMs()) - before) / framesPerSample)
    }
    const figures = [work, between].map((each) => [0.5, 0.95].map((part) => shown(quantile(each, part))).join(' '))
    console.log(`${name.padEnd(22)}${figures.join(''.padEnd(20))}`)
  }
} finally {
  await browser.close()
  rmSync(place, { recursive: true, force: true })
}
