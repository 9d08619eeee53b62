import { useState } from 'preact/hooks'
import type { PageData } from '../page-data.ts'
import type { Request, ViewRun } from '../runs.ts'
import { formatMs, plural, type ViewSpan } from '../view-span.ts'

/** The parts of the page beside and below the waterfall: details of a span, events, requests, removals. */

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** A file may have a key such as `constructor`, which each object inherits. */
const purposeIn = (purposes: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(purposes, key) ? purposes[key] : undefined

const notSent = 'Not in the table: it is never sent.'
const customPurpose = 'Declared by the author of the tool.'

const Attributes = ({ attributes, purposes }: { attributes: object; purposes: PageData['purposes'] }) => (
  <table>
    <thead>
      <tr>
        <th scope="col">Attribute</th>
        <th scope="col">Value</th>
        <th scope="col">What it is for</th>
      </tr>
    </thead>
    <tbody>
      {Object.entries(attributes).map(([key, value]) => (
        <tr key={key}>
          <th scope="row">{key}</th>
          <td>{textOf(value)}</td>
          <td>{purposeIn(purposes, key) ?? (key.startsWith('cq.custom.') ? customPurpose : notSent)}</td>
        </tr>
      ))}
    </tbody>
  </table>
)

export const Details = ({ span, began, data }: { span: ViewSpan | undefined; began: number; data: PageData }) => (
  <aside aria-label="The selected span" aria-live="polite">
    {span ? (
      <>
        <h2>{span.name}</h2>
        <p>
          {formatMs(span.endMs - span.startMs)}, begun after {formatMs(span.startMs - began)}
          {span.failed ? ', failed' : ''}
        </p>
        <Attributes attributes={span.attributes} purposes={data.purposes} />
      </>
    ) : (
      <p>Choose a span to see what it carries, and what for.</p>
    )}
  </aside>
)

/** Flattens nested properties to the dotted names that the schema has. */
const flatten = (value: unknown, path: string): [string, unknown][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, below]) => flatten(below, path === '' ? key : `${path}.${key}`))
    : [[path, value]]

const purposeOf = (name: string, properties: PageData['properties']): string =>
  purposeIn(properties, name) ??
  (name.startsWith('custom.') ? customPurpose : 'The list of which the schema names the members.')

const Events = ({ run, data }: { run: ViewRun; data: PageData }) => (
  <details>
    <summary>{plural(run.events.length, 'track event')} for RudderStack</summary>
    {run.events.slice(0, maxEvents).map(({ event, messageId, properties }) => (
      <details key={messageId}>
        <summary>{event}</summary>
        <table>
          <tbody>
            {flatten(properties, '').map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{textOf(value)}</td>
                <td>{purposeOf(name, data.properties)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    ))}
    {run.events.length > maxEvents && <p>The request below has the other {run.events.length - maxEvents}.</p>}
  </details>
)
const maxEvents = 200

/** Characters of a request's body that are shown at first, because more would make the page slow. */
const maxBody = 100_000

const Body = ({ request }: { request: Request }) => {
  const [formatted, setFormatted] = useState(false)
  const [whole, setWhole] = useState(false)
  const text = formatted ? JSON.stringify(JSON.parse(request.body), undefined, 2) : request.body
  return (
    <>
      <label>
        <input type="checkbox" checked={formatted} onChange={() => setFormatted(!formatted)} /> formatted (it is sent in
        one line)
      </label>
      <pre tabIndex={0}>{whole ? text : text.slice(0, maxBody)}</pre>
      {!whole && text.length > maxBody && (
        <button type="button" onClick={() => setWhole(true)}>
          Show all {text.length.toLocaleString('en')} characters
        </button>
      )}
    </>
  )
}

const RequestView = ({ request }: { request: Request }) => {
  const [open, setOpen] = useState(false)
  const bytes = new TextEncoder().encode(request.body).length
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {request.destination}: <code>{`${request.method} …${request.path}`}</code>, {plural(bytes, 'byte')} before
        compression
      </summary>
      {open && <Body request={request} />}
    </details>
  )
}

const Removed = ({ run }: { run: ViewRun }) => (
  <details open={run.removed.length > 0}>
    <summary>
      {run.removed.length === 0 ? 'Nothing was removed' : 'Removed before anything was written, and why'}
    </summary>
    {run.removed.length > 0 && (
      <table>
        <thead>
          <tr>
            <th scope="col">Times</th>
            <th scope="col">What</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {run.removed.map(({ what, reason, count }) => (
            <tr key={`${what} ${reason}`}>
              <td>{count.toLocaleString('en')}</td>
              <td>{what}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </details>
)

export const Sections = ({ run, data }: { run: ViewRun; data: PageData }) => (
  <section aria-label="What would be sent">
    <Removed run={run} />
    <details>
      <summary>{plural(Object.keys(run.resource).length, 'fact')} about the run, the same for each span</summary>
      <Attributes attributes={run.resource} purposes={data.purposes} />
    </details>
    <Events run={run} data={data} />
    {run.requests.map((request) => (
      <RequestView key={request.path} request={request} />
    ))}
  </section>
)
