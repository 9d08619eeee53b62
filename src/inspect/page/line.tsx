import { Component } from 'preact'
import { formatMs, plural, remarksOf, type ViewSpan } from '../view-span.ts'
import { colourOf, hueOf } from './colours.ts'
import type { Node, Row, Tree } from './rows.ts'
import type { Window } from './zoom.ts'

/** One row of the waterfall. */

export const rowId = (span: ViewSpan): string => `span-${span.spanId}`

export interface LineProps {
  readonly row: Row
  readonly index: number
  readonly top: number
  readonly tree: Tree
  readonly window: Window
  /** Width of the time axis, in pixels. */
  readonly width: number
  readonly isSelected: boolean
  readonly select: (span: ViewSpan) => void
  /** Hides the descendants of a span, or shows them with `isCollapsed` false. */
  readonly collapse: (span: ViewSpan, isCollapsed: boolean) => void
}

/** Average width in pixels, for the widest font that the page may get. */
const characterWidth = 7
const padding = 12

/** Where the text of a bar goes: after the bar or before it, where it fits, otherwise where most of it fits. */
const labelPlace = (left: number, right: number, width: number, text: string) => {
  const needed = text.length * characterWidth + padding
  const [after, before, inside] = [(1 - right) * width, left * width, (right - left) * width]
  const isWidest = (room: number) => room >= needed || room >= Math.max(after, before, inside)
  if (isWidest(after)) return { class: 'after', style: { left: `${right * 100}%`, right: 0 } }
  if (isWidest(before)) return { class: 'before', style: { left: 0, right: `${(1 - left) * 100}%` } }
  return { class: 'inside', style: { left: `${left * 100}%`, right: `${(1 - right) * 100}%` } }
}

const Bar = ({
  node,
  tree,
  window,
  width,
  label,
}: Pick<LineProps, 'tree' | 'window' | 'width'> & { node: Node; label: string }) => {
  const { span } = node
  const total = Math.max(tree.to - tree.from, Number.EPSILON)
  const place = (ms: number) => ((ms - tree.from) / total - window.from) / (window.to - window.from)
  const [left, right] = [Math.max(0, place(span.startMs)), Math.min(1, place(span.endMs))]
  if (right < 0) return <span class="beyond earlier">◂ earlier</span>
  if (left > 1) return <span class="beyond later">later ▸</span>
  const { class: where, style } = labelPlace(left, right, width, label)
  return (
    <>
      <span
        class={span.failed ? 'bar failed' : 'bar'}
        style={{
          left: `${left * 100}%`,
          width: `${Math.max(0, right - left) * 100}%`,
          background: `var(${colourOf(node)})`,
        }}
      />
      <span class={`label ${where}`} style={style}>
        {label}
      </span>
    </>
  )
}

/** Marks a span that failed, and one below which something failed, so that a collapsed failure is seen. */
const Mark = ({ span, failedBelow }: Node) => {
  if (span.failed) return <span class="mark" role="img" aria-label="failed" title="This span failed." />
  if (failedBelow === 0) return null
  const text = `${plural(failedBelow, 'span')} below failed`
  return <span class="mark below" role="img" aria-label={text} title={`${text}.`} />
}

/** The deepest level that is indented. A file may contain a deeper chain. */
const maxIndent = 24

const View = ({ row, index, top, tree, window, width, isSelected, select, collapse }: LineProps) => {
  const { node, open, summary } = row
  const { span, level, children, provider } = node
  const label = [formatMs(span.endMs - span.startMs), remarksOf(span).join(', '), summary]
    .filter((text) => text !== '')
    .join(' · ')
  return (
    <div
      role="row"
      id={rowId(span)}
      class={`row${span.failed ? ' failed' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      aria-level={level}
      aria-rowindex={index + 1}
      aria-selected={isSelected}
      {...(children > 0 && { 'aria-expanded': open })}
      onClick={() => select(span)}
      onDblClick={() => collapse(span, open)}
    >
      <span
        role="gridcell"
        class="name"
        title={span.name}
        style={{
          '--level': Math.min(level, maxIndent),
          borderLeftColor: provider < 0 ? 'transparent' : `var(--hue-${hueOf(provider)})`,
        }}
      >
        {children > 0 ? (
          <button
            type="button"
            class={open ? 'fold open' : 'fold'}
            tabIndex={-1}
            aria-hidden="true"
            onClick={(event) => {
              event.stopPropagation()
              collapse(span, open)
            }}
          />
        ) : (
          <span class="fold" />
        )}
        <Mark {...node} />
        <span class="text">{span.name}</span>
      </span>
      <span role="gridcell" class="time">
        <Bar node={node} tree={tree} window={window} width={width} label={label} />
      </span>
    </div>
  )
}

/** Rendered again only if a property changes, so that rows stay as they are while the waterfall scrolls. */
export class Line extends Component<LineProps> {
  override shouldComponentUpdate(next: LineProps): boolean {
    return (Object.keys(next) as (keyof LineProps)[]).some((key) => next[key] !== this.props[key])
  }

  render(props: LineProps) {
    return <View {...props} />
  }
}
