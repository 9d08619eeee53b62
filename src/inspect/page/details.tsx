import type { PageData } from '../page-data.ts'
import { formatMs, textAt } from '../view-span.ts'
import { Attributes } from './attributes.tsx'
import { hueOf } from './colours.ts'
import type { Node, Tree } from './rows.ts'

interface DetailsProps {
  readonly node: Node | undefined
  readonly tree: Tree
  readonly data: PageData
}

const percent = (part: number, whole: number): string => {
  const share = (part / Math.max(whole, Number.EPSILON)) * 100
  return share < 1 ? 'less than 1 %' : `${share.toFixed(0)} %`
}

/** The panel of the selected span. */
export const Details = ({ node, tree, data }: DetailsProps) => {
  if (!node) return <aside aria-label="The selected span" />
  const { span, provider, failedBelow } = node
  const duration = span.endMs - span.startMs
  const type = textAt(span, 'cq.span.type')
  return (
    <aside aria-label="The selected span" aria-live="polite">
      <h2>{span.name}</h2>
      <p class="tags">
        {type !== '' && <span class="tag">{type}</span>}
        {provider >= 0 && (
          <span class="tag">
            <i style={{ background: `var(--hue-${hueOf(provider)})` }} />
            {tree.providers[provider]}
          </span>
        )}
        {span.failed && <span class="tag bad">failed</span>}
        {!span.failed && failedBelow > 0 && (
          <span class="tag bad">{failedBelow.toLocaleString('en')} failed below</span>
        )}
      </p>
      <p class="quiet">
        {formatMs(duration)}, started at {formatMs(span.startMs - tree.from)}, {percent(duration, tree.to - tree.from)}{' '}
        of the run
      </p>
      <Attributes attributes={span.attributes} purposes={data.purposes} />
    </aside>
  )
}
