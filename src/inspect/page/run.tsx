import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { PageData } from '../page-data.ts'
import type { ViewRun } from '../runs.ts'
import type { ViewSpan } from '../view-span.ts'
import { hueOf } from './colours.ts'
import { Details } from './details.tsx'
import { Grid } from './grid.tsx'
import { Help } from './help.tsx'
import { type Actions, handlePageKey } from './keys.ts'
import { Minimap } from './minimap.tsx'
import { allCollapsed, initiallyCollapsed, matches, rowsOf, type Tree, treeOf } from './rows.ts'
import { Sections } from './sections.tsx'
import { Toolbar } from './toolbar.tsx'
import { around, moved, showing, wholeRun, type Window, zoomed, zoomedOn } from './zoom.ts'

/** One run: the overview, the waterfall, the selected span, and what would be sent. */

/** The part of the time axis that a span covers. */
const partOf = ({ from, to }: Tree, { startMs, endMs }: ViewSpan): Window => {
  const total = Math.max(to - from, Number.EPSILON)
  return { from: (startMs - from) / total, to: (endMs - from) / total }
}

const Legend = ({ providers }: Pick<Tree, 'providers'>) => (
  <ul class="legend" aria-label="Colours">
    {providers.map((name, index) => (
      <li key={name}>
        <i style={{ background: `var(--hue-${hueOf(index)})` }} />
        {name}
      </li>
    ))}
    <li>
      <i class="failed" />
      failed
    </li>
  </ul>
)

export const Run = ({ run, data }: { readonly run: ViewRun; readonly data: PageData }) => {
  const tree = useMemo(() => treeOf(run.spans), [run])
  const [collapsed, setCollapsed] = useState(() => initiallyCollapsed(tree))
  const [window, setWindow] = useState(wholeRun)
  const [search, setSearch] = useState('')
  const [errorsOnly, setErrorsOnly] = useState(false)
  const [helps, setHelps] = useState(false)
  const [selected, setSelected] = useState<ViewSpan | undefined>(tree.nodes[0]?.span)
  const input = useRef<HTMLInputElement>(null)
  const found = useMemo(() => matches(tree, search, errorsOnly), [tree, search, errorsOnly])
  const rows = useMemo(() => rowsOf(tree, collapsed, found?.visible), [tree, collapsed, found])

  const select = (span: ViewSpan) => {
    setSelected(span)
    setWindow(showing(window, partOf(tree, span)))
  }
  const collapse = (span: ViewSpan, isCollapsed: boolean) => {
    const next = new Set(collapsed)
    if (isCollapsed) next.add(span.spanId)
    else next.delete(span.spanId)
    setCollapsed(next)
  }
  /** Expands the spans that hide this one. */
  const reveal = (span: ViewSpan) => {
    const next = new Set(collapsed)
    for (let at = tree.byId.get(span.spanId)?.parent ?? -1; at >= 0; at = tree.nodes[at]?.parent ?? -1)
      next.delete(tree.nodes[at]?.span.spanId ?? '')
    setCollapsed(next)
    select(span)
  }
  const zoom = (factor: number, at?: number) => {
    if (at !== undefined) setWindow(zoomed(window, factor, at))
    else setWindow(selected ? zoomedOn(window, factor, partOf(tree, selected)) : zoomed(window, factor))
  }
  const nextError = (direction: 1 | -1) => {
    const failed = tree.nodes.filter(({ span }) => span.failed)
    const from = tree.nodes.findIndex(({ span }) => span === selected)
    const isAfter = (index: number) => (index - from) * direction > 0
    const next =
      direction > 0
        ? failed.find((node) => isAfter(tree.nodes.indexOf(node)))
        : failed.findLast((node) => isAfter(tree.nodes.indexOf(node)))
    if (next) reveal(next.span)
  }
  const actions: Actions = {
    zoom,
    move: (fraction) => setWindow(moved(window, fraction)),
    wholeRun: () => setWindow(wholeRun),
    zoomToSpan: () => selected && setWindow(around(partOf(tree, selected))),
    expandAll: () => setCollapsed(new Set()),
    collapseAll: () => setCollapsed(allCollapsed(tree)),
    toggleErrors: () => setErrorsOnly(!errorsOnly && tree.failed > 0),
    nextError,
    focusSearch: () => input.current?.focus(),
    help: () => setHelps(true),
  }
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => handlePageKey(event, actions) && event.preventDefault()
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  })
  // These do not depend on the window, which changes in every frame of a drag.
  const sections = useMemo(() => <Sections run={run} data={data} />, [run, data])
  const node = tree.byId.get(selected?.spanId ?? '')
  const details = useMemo(() => <Details node={node} tree={tree} data={data} />, [node, tree, data])
  return (
    <main>
      <Toolbar
        {...{ actions, search, setSearch, input, errorsOnly }}
        failed={tree.failed}
        spans={run.spans.length}
        found={found?.count}
      />
      <Minimap tree={tree} window={window} setWindow={setWindow} />
      {(tree.providers.length > 0 || tree.failed > 0) && <Legend providers={tree.providers} />}
      <div class="columns">
        <Grid {...{ tree, rows, window, select, collapse, zoom }} selected={selected?.spanId} move={actions.move} />
        {details}
      </div>
      {sections}
      {helps && <Help close={() => setHelps(false)} />}
    </main>
  )
}
