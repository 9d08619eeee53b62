import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { ViewSpan } from '../view-span.ts'
import { Line, type LineProps, rowId } from './line.tsx'
import type { Row } from './rows.ts'
import { useSize } from './size.ts'
import { type Tick, ticksOf } from './ticks.ts'

/** The waterfall. Only visible rows are in the document, so that 10,000 spans scroll as fast as ten. */

/** In pixels. */
const rowHeight = 26
/** Rows rendered above and below the visible ones. */
const overscan = 4
/** Rows that Page Up and Page Down move by. */
const page = 15

interface GridProps extends Pick<LineProps, 'tree' | 'window' | 'select' | 'collapse'> {
  readonly rows: readonly Row[]
  readonly selected: string | undefined
  /** `at`, from 0 to 1 within the window, is the point that does not move. */
  readonly zoom: (factor: number, at?: number) => void
  /** Moves the time window by this fraction of its width. */
  readonly move: (fraction: number) => void
}

/**
 * Handles a key as the ARIA Authoring Practices define it for a tree grid. Returns whether the key was used.
 */
const handleKey = (key: string, at: number, { rows, select, collapse }: GridProps): boolean => {
  const row = rows[at]
  const go = (index: number) => {
    const span = rows[Math.max(0, Math.min(rows.length - 1, index))]?.node.span
    if (span) select(span)
  }
  const parent = () => go(rows.findLastIndex(({ node }, index) => index < at && node.level < (row?.node.level ?? 0)))
  const isParent = row !== undefined && row.node.children > 0
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    PageDown: () => go(at + page),
    PageUp: () => go(at - page),
    Home: () => go(0),
    End: () => go(rows.length - 1),
    ArrowRight: () => (isParent && !row.open ? collapse(row.node.span, false) : go(at + 1)),
    ArrowLeft: () => (isParent && row.open ? collapse(row.node.span, true) : parent()),
    Enter: () => isParent && collapse(row.node.span, row.open),
  }
  const action = Object.hasOwn(keys, key) ? keys[key] : undefined
  action?.()
  return action !== undefined
}

/** The first row to render. It changes only with every fourth row, since each change renders rows. */
const firstAt = (scrollTop: number): number => {
  const row = Math.floor(scrollTop / rowHeight)
  return Math.max(0, row - (row % 4) - overscan)
}

const Axis = ({ ticks }: { readonly ticks: readonly Tick[] }) => (
  <>
    {ticks.map(({ at, label }) => (
      <span key={label} style={{ left: `${at * 100}%` }}>
        {label}
      </span>
    ))}
  </>
)

/** Scrolls so that the row at that index is in view. */
const useRowInView = (at: number) => {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const { current } = box
    if (!current || at < 0) return
    if (at * rowHeight < current.scrollTop) current.scrollTop = at * rowHeight
    const below = (at + 1) * rowHeight - current.clientHeight
    if (below > current.scrollTop) current.scrollTop = below
  }, [at])
  return box
}

export const Grid = (props: GridProps) => {
  const { rows, selected, tree, window, select, collapse } = props
  const [axis, { width }] = useSize<HTMLDivElement>()
  const [frame, { height }] = useSize<HTMLDivElement>()
  const [first, setFirst] = useState(0)
  const at = useMemo(() => rows.findIndex(({ node }) => node.span.spanId === selected), [rows, selected])
  const box = useRowInView(at)

  const capacity = Math.ceil(height / rowHeight) + 2 * overscan + 4
  const shown = rows.slice(first, first + capacity)
  const total = tree.to - tree.from
  const ticks = ticksOf(window.from * total, window.to * total, width)
  const isInDocument = at >= first && at < first + shown.length
  return (
    <div class="waterfall" ref={frame}>
      <div class="head" aria-hidden="true">
        <span>Span</span>
        <div class="axis" ref={axis}>
          <Axis ticks={ticks} />
        </div>
      </div>
      <div
        ref={box}
        class="rows"
        role="treegrid"
        aria-label="Spans"
        aria-rowcount={rows.length}
        {...(isInDocument && { 'aria-activedescendant': rowId(rows[at]?.node.span as ViewSpan) })}
        tabIndex={0}
        onScroll={(event) => setFirst(firstAt(event.currentTarget.scrollTop))}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey || !handleKey(event.key, at, props)) return
          event.preventDefault()
        }}
        onWheel={(event) => {
          if (!event.ctrlKey && !event.shiftKey) return
          event.preventDefault()
          const { left, width: size } = axis.current?.getBoundingClientRect() ?? { left: 0, width: 1 }
          const amount = event.deltaY || event.deltaX
          if (event.ctrlKey)
            props.zoom(amount > 0 ? 1.25 : 0.8, Math.min(1, Math.max(0, (event.clientX - left) / size)))
          else props.move(amount > 0 ? 0.1 : -0.1)
        }}
      >
        <div class="sheet" style={{ height: `${rows.length * rowHeight}px` }}>
          <div class="lines">
            {ticks.map(({ at: place, label }) => (
              <span key={label} style={{ left: `${place * 100}%` }} />
            ))}
          </div>
          {shown.map((row, index) => (
            <Line
              // An element that scrolls out of sight is reused for a row that comes into sight.
              key={(first + index) % capacity}
              row={row}
              index={first + index}
              top={(first + index) * rowHeight}
              isSelected={row.node.span.spanId === selected}
              {...{ tree, window, width, select, collapse }}
            />
          ))}
        </div>
      </div>
      {rows.length === 0 && <p class="nothing">No span matches.</p>}
    </div>
  )
}
