import { useState } from 'preact/hooks'
import type { Request } from '../runs.ts'
import { plural } from '../view-span.ts'

/** A request as it would be sent: its body to read, to copy and to download. */

/** Characters of a request's body that are shown at first, because more would make the page slow. */
const maxBody = 100_000

const Body = ({ body }: { readonly body: string }) => {
  const [formatted, setFormatted] = useState(false)
  const [whole, setWhole] = useState(false)
  const text = formatted ? JSON.stringify(JSON.parse(body), undefined, 2) : body
  return (
    <>
      <label>
        <input type="checkbox" checked={formatted} onChange={() => setFormatted(!formatted)} /> Formatted (it is sent in
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

/** Downloads through a link to a text in memory, so that the page makes no request. */
const download = (name: string, text: string): void => {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}

export const RequestView = ({ request }: { readonly request: Request }) => {
  const { destination, method, path, body } = request
  const [open, setOpen] = useState(false)
  const [copied, setCopied] = useState('Copy')
  const bytes = new TextEncoder().encode(body).length
  const copy = () =>
    navigator.clipboard.writeText(body).then(
      () => setCopied('Copied'),
      () => setCopied('Not allowed'),
    )
  return (
    <div class="request">
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          {destination}: <code>{`${method} …${path}`}</code>, {plural(bytes, 'byte')} before compression
        </summary>
        {open && <Body body={body} />}
      </details>
      <div class="group">
        <button type="button" aria-label={`Copy the request to ${destination}`} onClick={() => void copy()}>
          {copied}
        </button>
        <button
          type="button"
          aria-label={`Download the request to ${destination}`}
          onClick={() => download(`${destination.toLowerCase()}.json`, body)}
        >
          Download
        </button>
      </div>
    </div>
  )
}
