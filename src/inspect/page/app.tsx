import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { PageData } from '../page-data.ts'
import type { ViewRun } from '../runs.ts'
import { type RunTitle, titleLine, titleOf } from '../title.ts'
import { plural } from '../view-span.ts'
import { Run } from './run.tsx'

const dateOf = (ms: number): string => new Date(ms).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

const startOf = ({ spans }: ViewRun): number => spans.reduce((first, { startMs }) => Math.min(first, startMs), Infinity)

const labelOf = (run: ViewRun): string => {
  const first = startOf(run)
  const time = first > 0 && Number.isFinite(first) ? `${dateOf(first)}, ` : ''
  return `${titleOf(run, '').name}, ${time}${plural(run.spans.length, 'span')}, ${run.traceId.slice(0, 8)}`
}

const Title = ({ title }: { readonly title: RunTitle }) => (
  <div class="title">
    <h1>{title.name}</h1>
    {title.version !== '' && <span class="tag">{title.version}</span>}
    <span class="tag">{title.duration}</span>
    <span class={title.errors > 0 ? 'tag bad' : 'tag'}>
      {title.errors === 0 ? 'no errors' : plural(title.errors, 'error')}
    </span>
    {title.verdict !== '' && <span class="tag good">{title.verdict}</span>}
  </div>
)

const App = ({ data }: { readonly data: PageData }) => {
  const [selected, select] = useState(data.runs.length - 1)
  const run = data.runs[selected] as ViewRun
  const title = titleOf(run, data.verdict)
  useEffect(() => {
    document.title = titleLine(title)
  })
  return (
    <>
      <header>
        <div>
          <Title title={title} />
          <p class="quiet">
            Telemetry from {data.source}, written on {dateOf(Date.parse(data.made))}. This page makes no requests.
          </p>
        </div>
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
      <Run key={run.traceId} run={run} data={data} />
    </>
  )
}

const text = document.getElementById('data')?.textContent ?? ''
const container = document.getElementById('app')
if (container) render(<App data={JSON.parse(text) as PageData} />, container)
