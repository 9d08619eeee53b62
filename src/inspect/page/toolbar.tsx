import type { RefObject } from 'preact'
import { plural } from '../view-span.ts'
import type { Actions } from './keys.ts'

interface ToolbarProps {
  readonly actions: Actions
  readonly search: string
  readonly setSearch: (text: string) => void
  readonly input: RefObject<HTMLInputElement | null>
  readonly errorsOnly: boolean
  /** Number of failed spans. */
  readonly failed: number
  readonly spans: number
  /** Number of spans that match; undefined if nothing is searched for. */
  readonly found: number | undefined
}

interface ButtonProps {
  readonly name: string
  /** Shown instead of the name. */
  readonly sign?: string
  readonly press: () => void
}

const Button = ({ name, sign, press }: ButtonProps) => (
  <button type="button" onClick={press} title={name} {...(sign !== undefined && { 'aria-label': name, class: 'sign' })}>
    {sign ?? name}
  </button>
)

export const Toolbar = ({ actions, search, setSearch, input, errorsOnly, failed, spans, found }: ToolbarProps) => (
  <div class="tools" role="toolbar" aria-label="Search and zoom">
    <input
      ref={input}
      type="search"
      aria-label="Search names, attributes and values"
      placeholder="Search spans  /"
      value={search}
      onInput={(event) => setSearch(event.currentTarget.value)}
    />
    <button
      type="button"
      class="errors"
      aria-pressed={errorsOnly}
      disabled={failed === 0}
      onClick={actions.toggleErrors}
      title="Show the failed spans alone"
    >
      Errors only <span class="count">{failed.toLocaleString('en')}</span>
    </button>
    <output aria-live="polite">
      {found === undefined ? plural(spans, 'span') : `${found.toLocaleString('en')} of ${plural(spans, 'span')}`}
    </output>
    <span class="gap" />
    <div class="group">
      <Button name="Expand all" press={actions.expandAll} />
      <Button name="Collapse all" press={actions.collapseAll} />
    </div>
    <div class="group">
      <Button name="Earlier" sign="←" press={() => actions.move(-0.25)} />
      <Button name="Zoom out" sign="−" press={() => actions.zoom(2)} />
      <Button name="Zoom in" sign="+" press={() => actions.zoom(0.5)} />
      <Button name="Later" sign="→" press={() => actions.move(0.25)} />
    </div>
    <div class="group">
      <Button name="Zoom to the span" press={actions.zoomToSpan} />
      <Button name="Whole run" press={actions.wholeRun} />
    </div>
    <Button name="Keyboard and mouse" sign="?" press={actions.help} />
  </div>
)
