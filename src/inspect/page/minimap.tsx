import { useEffect, useRef, useState } from 'preact/hooks'
import { colourOf } from './colours.ts'
import type { Tree } from './rows.ts'
import { type Size, useSize } from './size.ts'
import { ticksOf } from './ticks.ts'
import { between, moved, wholeRun, type Window } from './zoom.ts'

/** The overview: every span of the run in small, and the window that the waterfall shows, which can be dragged. */

const draw = (canvas: HTMLCanvasElement, { nodes, from, to }: Tree, { width, height }: Size): void => {
  const context = canvas.getContext('2d')
  if (!context || width === 0) return
  const scale = devicePixelRatio
  const style = getComputedStyle(canvas)
  const colours = new Map<string, string>()
  const colour = (name: string) => {
    const value = colours.get(name) ?? style.getPropertyValue(name)
    colours.set(name, value)
    return value
  }
  canvas.width = width * scale
  canvas.height = height * scale
  context.scale(scale, scale)
  const total = Math.max(to - from, Number.EPSILON)
  const rowHeight = height / Math.max(nodes.length, 12)
  // Failed spans come last, so that no other span covers them.
  for (const failed of [false, true]) {
    for (const [index, node] of nodes.entries()) {
      const { span } = node
      if (span.failed !== failed) continue
      context.fillStyle = colour(colourOf(node))
      const left = ((span.startMs - from) / total) * width
      const barWidth = Math.max(failed ? 2 : 1, ((span.endMs - span.startMs) / total) * width)
      context.fillRect(
        Math.min(left, width - 1),
        index * rowHeight,
        barWidth,
        Math.max(failed ? 2 : 0.6, rowHeight * 0.7),
      )
    }
  }
}

const useDrawing = (tree: Tree, size: Size) => {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const paint = () => canvas.current && draw(canvas.current, tree, size)
    paint()
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', paint)
    return () => scheme.removeEventListener('change', paint)
  }, [tree, size.width, size.height])
  return canvas
}

interface MinimapProps {
  readonly tree: Tree
  readonly window: Window
  readonly setWindow: (window: Window) => void
}

type Drag = (point: number) => Window

/** What a drag from `point` does: moves one edge, moves the window, or draws a new window. */
const dragFrom = (edge: string | undefined, point: number, { from, to }: Window): Drag => {
  if (edge === 'start') return (now) => between(now, to)
  if (edge === 'end') return (now) => between(from, now)
  const isWhole = from === 0 && to === 1
  if (isWhole || point < from || point > to) return (now) => between(point, now)
  return (now) => moved({ from, to }, (now - point) / (to - from))
}

const Edge = ({ edge, window, setWindow }: { readonly edge: 'start' | 'end' } & Omit<MinimapProps, 'tree'>) => {
  const at = edge === 'start' ? window.from : window.to
  const step = (by: number) => {
    const next = Math.min(1, Math.max(0, at + by))
    setWindow(
      edge === 'start'
        ? between(Math.min(next, window.to), window.to)
        : between(window.from, Math.max(next, window.from)),
    )
  }
  return (
    <span
      class={`edge ${edge}`}
      data-edge={edge}
      role="slider"
      tabIndex={0}
      aria-label={edge === 'start' ? 'Start of the window' : 'End of the window'}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(at * 100)}
      aria-valuetext={`${(at * 100).toFixed(1)} % of the run`}
      style={{ left: `${at * 100}%` }}
      onKeyDown={({ key }) => {
        if (key === 'ArrowLeft') step(-0.01)
        if (key === 'ArrowRight') step(0.01)
      }}
    />
  )
}

export const Minimap = ({ tree, window, setWindow }: MinimapProps) => {
  const [box, size] = useSize<HTMLDivElement>()
  const canvas = useDrawing(tree, size)
  const [drag, setDrag] = useState<{ readonly to: Drag; readonly began: number } | undefined>(undefined)
  const pointAt = ({ clientX, currentTarget }: { clientX: number; currentTarget: HTMLElement }) => {
    const { left, width } = currentTarget.getBoundingClientRect()
    return Math.min(1, Math.max(0, (clientX - left) / width))
  }
  const { from, to } = window
  return (
    <div
      ref={box}
      class={`minimap${from === 0 && to === 1 ? ' whole' : ''}`}
      onPointerDown={(event) => {
        const edge = (event.target as HTMLElement).dataset['edge']
        event.currentTarget.setPointerCapture(event.pointerId)
        setDrag({ to: dragFrom(edge, pointAt(event), window), began: event.clientX })
      }}
      onPointerMove={(event) => {
        // A click is no drag: it would leave a window of no width.
        if (drag && Math.abs(event.clientX - drag.began) > 2) setWindow(drag.to(pointAt(event)))
      }}
      onPointerUp={() => setDrag(undefined)}
      onPointerCancel={() => setDrag(undefined)}
      onDblClick={() => setWindow(wholeRun)}
    >
      <div class="scale" aria-hidden="true">
        {ticksOf(0, tree.to - tree.from, size.width).map(({ at, label }) => (
          <span key={label} style={{ left: `${at * 100}%` }}>
            {label}
          </span>
        ))}
      </div>
      <canvas ref={canvas} role="img" aria-label="All spans of the run in small" />
      <span class="shade" style={{ left: 0, width: `${from * 100}%` }} />
      <span class="shade" style={{ left: `${to * 100}%`, right: 0 }} />
      <span class="window" style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }} />
      <Edge edge="start" window={window} setWindow={setWindow} />
      <Edge edge="end" window={window} setWindow={setWindow} />
    </div>
  )
}
