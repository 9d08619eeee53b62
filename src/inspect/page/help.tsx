import { useEffect, useRef } from 'preact/hooks'
import { gridKeys, pageKeys } from './keys.ts'

const Keys = ({ title, keys }: { readonly title: string; readonly keys: typeof gridKeys }) => (
  <>
    <h3>{title}</h3>
    <dl>
      {keys.map(({ keys: names, does }) => (
        <div key={does}>
          <dt>
            {names.map((name) => (
              <kbd key={name}>{name}</kbd>
            ))}
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  </>
)

/** The dialog that lists the keys. */
export const Help = ({ close }: { readonly close: () => void }) => {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby="help-title"
      onClose={close}
      onClick={({ target }) => target === dialog.current && close()}
    >
      <div class="box">
        <header>
          <h2 id="help-title">Keyboard and mouse</h2>
          <button type="button" onClick={close}>
            Close
          </button>
        </header>
        <Keys title="Everywhere" keys={pageKeys} />
        <Keys title="In the waterfall" keys={gridKeys} />
        <p>In the overview, drag to choose a part of the run, drag the window or its edges, double-click to see all.</p>
      </div>
    </dialog>
  )
}
