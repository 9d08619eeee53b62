/** The keys of the page, as its help lists them. Those that change the view are the same as in Perfetto and Jaeger. */

export interface Actions {
  readonly zoom: (factor: number) => void
  readonly move: (fraction: number) => void
  readonly wholeRun: () => void
  readonly zoomToSpan: () => void
  readonly expandAll: () => void
  readonly collapseAll: () => void
  readonly toggleErrors: () => void
  readonly nextError: (direction: 1 | -1) => void
  readonly focusSearch: () => void
  readonly help: () => void
}

interface Key {
  readonly keys: readonly string[]
  readonly does: string
  readonly action: (actions: Actions) => void
}

const key = (keys: readonly string[], does: string, action: Key['action']): Key => ({ keys, does, action })

/** Keys that work everywhere on the page but in a text field. */
export const pageKeys: readonly Key[] = [
  key(['+', '=', 'w'], 'Zoom in', ({ zoom }) => zoom(0.5)),
  key(['-', 's'], 'Zoom out', ({ zoom }) => zoom(2)),
  key(['<', 'a'], 'Earlier', ({ move }) => move(-0.25)),
  key(['>', 'd'], 'Later', ({ move }) => move(0.25)),
  key(['f'], 'Zoom to the span', ({ zoomToSpan }) => zoomToSpan()),
  key(['0'], 'Whole run', ({ wholeRun }) => wholeRun()),
  key(['e'], 'Errors only', ({ toggleErrors }) => toggleErrors()),
  key(['n'], 'Next error', ({ nextError }) => nextError(1)),
  key(['p'], 'Previous error', ({ nextError }) => nextError(-1)),
  key([']'], 'Expand all', ({ expandAll }) => expandAll()),
  key(['['], 'Collapse all', ({ collapseAll }) => collapseAll()),
  key(['/'], 'Search', ({ focusSearch }) => focusSearch()),
  key(['?'], 'Show these keys', ({ help }) => help()),
]

/** Keys that work in the waterfall. */
export const gridKeys: readonly Omit<Key, 'action'>[] = [
  { keys: ['↑', '↓'], does: 'Previous and next span' },
  { keys: ['→', '←'], does: 'Expand and collapse, or go to the child or parent' },
  { keys: ['Enter'], does: 'Expand or collapse' },
  { keys: ['Home', 'End'], does: 'First and last span' },
  { keys: ['Page Up', 'Page Down'], does: 'Fifteen spans up and down' },
  { keys: ['Ctrl + wheel'], does: 'Zoom at the pointer' },
  { keys: ['Shift + wheel'], does: 'Earlier and later' },
]

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input:not([type=checkbox]), select, dialog') !== null

/** Returns whether the key was used. */
export const handlePageKey = (event: KeyboardEvent, actions: Actions): boolean => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return false
  const found = pageKeys.find(({ keys }) => keys.includes(event.key))
  found?.action(actions)
  return found !== undefined
}
