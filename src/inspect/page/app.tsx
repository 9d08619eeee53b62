import { render } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { PageData } from '../page-data.ts'
import type { ViewRun } from '../runs.ts'
import { plural, type ViewSpan } from '../view-span.ts'
import { Grid } from './grid.tsx'
import { Details, Sections } from './parts.tsx'
import { initiallyCollapsed, matches, rowsOf, treeOf } from './rows.ts'
import { around, wholeRun, moved, zoomed } from './zoom.ts'

const Run = ({ run, data }: { run: ViewRun; data: PageData }) => {
  const tree = useMemo(() => treeOf(run.spans), [run])
  const [collapsed, setCollapsed] = useState(() => initiallyCollapsed(tree))
  const [window, setWindow] = useState(wholeRun)
  const [search, setSearch] = useState('')
  const [selected, setSelected] = useState<ViewSpan | undefined>(tree.children.get(undefined)?.[0])
  const found = useMemo(() => matches(tree, search), [tree, search])
  const rows = useMemo(() => rowsOf(tree, collapsed, found?.visible), [tree, collapsed, found])

  const collapse = (span: ViewSpan, isCollapsed: boolean) => {
    const next = new Set(collapsed)
    if (isCollapsed) next.add(span.spanId)
    else next.delete(span.spanId)
    setCollapsed(next)
  }
  const zoom = (factor: number, at?: number) => setWindow(factor === Infinity ? wholeRun : zoomed(window, factor, at))
  const zoomToSelected = () => {
    if (!selected) return
    const total = Math.max(tree.to - tree.from, Number.EPSILON)
    setWindow(around((selected.startMs - tree.from) / total, (selected.endMs - tree.from) / total))
  }
  return (
    <main>
      <div class="tools" role="toolbar" aria-label="Search and zoom">
        <input
          type="search"
          aria-label="Search names, attributes and values"
          placeholder="Search"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <output aria-live="polite">
          {found
            ? `${found.count.toLocaleString('en')} of ${plural(run.spans.length, 'span')}`
            : plural(run.spans.length, 'span')}
        </output>
        <span class="gap" />
        <button type="button" onClick={() => zoom(0.5)}>
          Zoom in
        </button>
        <button type="button" onClick={() => zoom(2)}>
          Zoom out
        </button>
        <button type="button" onClick={zoomToSelected}>
          Zoom to the span
        </button>
        <button type="button" onClick={() => setWindow(moved(window, -0.25))} aria-label="Earlier">
          ←
        </button>
        <button type="button" onClick={() => setWindow(moved(window, 0.25))} aria-label="Later">
          →
        </button>
        <button type="button" onClick={() => zoom(Infinity)}>
          Whole run
        </button>
      </div>
      <div class="columns">
        <Grid
          tree={tree}
          rows={rows}
          selected={selected?.spanId}
          window={window}
          select={setSelected}
          collapse={collapse}
          zoom={zoom}
          move={(fraction) => setWindow(moved(window, fraction))}
        />
        <Details span={selected} began={tree.from} data={data} />
      </div>
      <p class="keys">
        Keys in the waterfall: arrows move, fold and unfold; Home and End; + − 0 zoom; &lt; &gt; earlier and later.
      </p>
      <Sections run={run} data={data} />
    </main>
  )
}

const labelOf = ({ spans, traceId }: ViewRun): string => {
  const first = spans.reduce((earliest, span) => Math.min(earliest, span.startMs), Infinity)
  const time = Number.isFinite(first) ? new Date(first).toISOString().slice(0, 19).replace('T', ' ') : ''
  const root = treeOf(spans).children.get(undefined)?.[0]?.name ?? 'run'
  return `${root}, ${time}, ${plural(spans.length, 'span')}, ${traceId.slice(0, 8)}`
}

const App = ({ data }: { data: PageData }) => {
  const [selected, select] = useState(data.runs.length - 1)
  const run = data.runs[selected]
  return (
    <>
      <header>
        <h1>Telemetry</h1>
        <p>
          {data.source}, seen on {data.made.slice(0, 16).replace('T', ' ')} UTC. This page asks nobody.
        </p>
        {data.runs.length > 1 && (
          <label>
            Run{' '}
            <select onChange={(event) => select(Number(event.currentTarget.value))}>
              {data.runs.map((each, index) => (
                <option key={each.traceId} value={index} selected={index === selected}>
                  {labelOf(each)}
                </option>
              ))}
            </select>
          </label>
        )}
      </header>
      {run && <Run key={run.traceId} run={run} data={data} />}
    </>
  )
}

const data = document.getElementById('data')?.textContent ?? ''
const container = document.getElementById('app')
if (container) render(<App data={JSON.parse(data) as PageData} />, container)
