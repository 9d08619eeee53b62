import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { formatMs, remarksOf, type ViewSpan } from '../view-span.ts'
import type { Row, Tree } from './rows.ts'
import type { Window } from './zoom.ts'

/** The waterfall. Only visible rows are in the document, so that 10,000 spans scroll as fast as ten. */

/** In pixels. */
const rowHeight = 26
/** Rows rendered above and below the visible ones. */
const overscan = 8
const rowId = (span: ViewSpan): string => `span-${span.spanId}`

interface GridProps {
  readonly tree: Tree
  readonly rows: readonly Row[]
  readonly selected: string | undefined
  readonly window: Window
  readonly select: (span: ViewSpan) => void
  /** Hides the descendants of a span, or shows them with `isCollapsed` false. */
  readonly collapse: (span: ViewSpan, isCollapsed: boolean) => void
  readonly zoom: (factor: number, at?: number) => void
  /** Moves the time window by this fraction of its width. */
  readonly move: (fraction: number) => void
}

const Bar = ({ span, tree, window }: { span: ViewSpan; tree: Tree; window: Window }) => {
  const total = Math.max(tree.to - tree.from, Number.EPSILON)
  const place = (ms: number) => ((ms - tree.from) / total - window.from) / (window.to - window.from)
  const [left, right] = [Math.max(0, place(span.startMs)), Math.min(1, place(span.endMs))]
  if (right < 0 || left > 1) return null
  return (
    <span
      class={span.failed ? 'bar failed' : 'bar'}
      style={{ left: `${left * 100}%`, width: `${Math.max(0, right - left) * 100}%` }}
    />
  )
}

const Line = ({ row, index, props }: { row: Row; index: number; props: GridProps }) => {
  const { span, level, children, open, summary } = row
  const duration = formatMs(span.endMs - span.startMs)
  const remarks = [remarksOf(span), summary].filter((text) => text !== '').join(' · ')
  return (
    <div
      role="row"
      id={rowId(span)}
      class={`row${span.failed ? ' failed' : ''}`}
      style={{ top: `${index * rowHeight}px` }}
      aria-level={level}
      aria-rowindex={index + 1}
      aria-selected={span.spanId === props.selected}
      {...(children > 0 && { 'aria-expanded': open })}
      onClick={() => props.select(span)}
      onDblClick={() => props.collapse(span, open)}
    >
      <span role="gridcell" class="name" style={{ paddingLeft: `${level * 14}px` }}>
        {children > 0 && (
          <button
            type="button"
            class="fold"
            tabIndex={-1}
            aria-hidden="true"
            onClick={(event) => {
              event.stopPropagation()
              props.collapse(span, open)
            }}
          >
            {open ? '▾' : '▸'}
          </button>
        )}
        {span.name}
      </span>
      <span role="gridcell" class="duration">
        {duration}
      </span>
      <span role="gridcell" class="time" aria-label={`${duration}${span.failed ? ', failed' : ''}`}>
        <Bar span={span} tree={props.tree} window={props.window} />
      </span>
      <span role="gridcell" class="remarks" title={remarks}>
        {remarks}
      </span>
    </div>
  )
}

/**
 * Handles a key as the ARIA Authoring Practices define it for a tree grid, or zooms. Returns whether the key was used.
 */
const handleKey = (event: KeyboardEvent, at: number, { rows, select, collapse, zoom, move }: GridProps): boolean => {
  const row = rows[at]
  const go = (index: number) => {
    const span = rows[Math.max(0, Math.min(rows.length - 1, index))]?.span
    if (span) select(span)
    return true
  }
  const parent = () => go(rows.findLastIndex(({ level }, index) => index < at && level < (row?.level ?? 0)))
  const keys: Readonly<Record<string, () => unknown>> = {
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    PageDown: () => go(at + 15),
    PageUp: () => go(at - 15),
    Home: () => go(0),
    End: () => go(rows.length - 1),
    ArrowRight: () => (row && row.children > 0 && !row.open ? collapse(row.span, false) : go(at + 1)),
    ArrowLeft: () => (row && row.children > 0 && row.open ? collapse(row.span, true) : parent()),
    Enter: () => row && row.children > 0 && collapse(row.span, row.open),
    '+': () => zoom(0.5),
    '-': () => zoom(2),
    '0': () => zoom(Infinity),
    '<': () => move(-0.25),
    '>': () => move(0.25),
  }
  const action = keys[event.key]
  action?.()
  return action !== undefined
}

export const Grid = (props: GridProps) => {
  const { rows, selected, tree, window } = props
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(600)
  const at = useMemo(() => rows.findIndex(({ span }) => span.spanId === selected), [rows, selected])

  useEffect(() => {
    const { current } = box
    if (!current) return undefined
    const observer = new ResizeObserver(() => setHeight(current.clientHeight))
    observer.observe(current)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const { current } = box
    if (!current || at < 0) return
    if (at * rowHeight < current.scrollTop) current.scrollTop = at * rowHeight
    const below = (at + 1) * rowHeight - current.clientHeight
    if (below > current.scrollTop) current.scrollTop = below
  }, [at])

  const first = Math.max(0, Math.floor(top / rowHeight) - overscan)
  const shown = rows.slice(first, first + Math.ceil(height / rowHeight) + 2 * overscan)
  const seconds = [0, 0.5, 1].map((part) => (window.from + part * (window.to - window.from)) * (tree.to - tree.from))
  return (
    <div class="waterfall">
      <div class="axis" aria-hidden="true">
        {seconds.map((ms, index) => (
          <span key={index}>{formatMs(ms)}</span>
        ))}
      </div>
      <div
        ref={box}
        class="rows"
        role="treegrid"
        aria-label="Spans"
        aria-rowcount={rows.length}
        {...(at >= 0 &&
          shown.some(({ span }) => span.spanId === selected) && { 'aria-activedescendant': `span-${selected}` })}
        tabIndex={0}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={(event) => {
          if (!event.ctrlKey && !event.metaKey && !event.altKey && handleKey(event, at, props)) event.preventDefault()
        }}
        onWheel={(event) => {
          if (!event.ctrlKey) return
          event.preventDefault()
          const { left, width } = event.currentTarget.getBoundingClientRect()
          props.zoom(event.deltaY > 0 ? 1.25 : 0.8, (event.clientX - left) / width)
        }}
      >
        <div style={{ height: `${rows.length * rowHeight}px` }}>
          {shown.map((row, index) => (
            <Line key={row.span.spanId} row={row} index={first + index} props={props} />
          ))}
        </div>
      </div>
    </div>
  )
}
