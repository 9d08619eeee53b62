import { Fragment } from 'preact'
import type { PageData } from '../page-data.ts'

/** Tables of attributes and properties, each with its purpose. */

type Purposes = PageData['purposes']

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** The purpose of a key. A file may have a key such as `constructor`, which each object inherits. */
const purposeIn = (purposes: Purposes, key: string): string | undefined =>
  Object.hasOwn(purposes, key) ? purposes[key] : undefined

const customPurpose = 'Declared by the author of the tool.'

const purposeOf = (key: string, purposes: Purposes): string | undefined =>
  purposeIn(purposes, key) ?? (key.startsWith('cq.custom.') ? customPurpose : undefined)

type Entry = readonly [key: string, value: unknown, purpose: string]

const Table = ({ entries, label }: { readonly entries: readonly Entry[]; readonly label: string }) => (
  <table class="facts" aria-label={label}>
    <tbody>
      {entries.map(([key, value, purpose]) => (
        <tr key={key}>
          <th scope="row">
            <Name name={key} />
            <small>{purpose}</small>
          </th>
          <td>{textOf(value)}</td>
        </tr>
      ))}
    </tbody>
  </table>
)

/** A dotted name, which a narrow column breaks at a dot and not in the middle of a word. */
export const Name = ({ name }: { readonly name: string }) => (
  <code>
    {name.split(/(?<=[._])/).map((part, index) => (
      <Fragment key={index}>
        {index > 0 && <wbr />}
        {part}
      </Fragment>
    ))}
  </code>
)

const notSent = 'Not in the table: it is never sent.'

/** The attributes that would be sent and, separately, those that never are. */
export const Attributes = ({ attributes, purposes }: { readonly attributes: object; readonly purposes: Purposes }) => {
  const entries = Object.entries(attributes).map(([key, value]) => [key, value, purposeOf(key, purposes)] as const)
  const sent = entries.flatMap(([key, value, purpose]): Entry[] =>
    purpose === undefined ? [] : [[key, value, purpose]],
  )
  const unsent = entries.flatMap(([key, value, purpose]): Entry[] =>
    purpose === undefined ? [[key, value, notSent]] : [],
  )
  return (
    <>
      {sent.length > 0 && <Table entries={sent} label="Would be sent" />}
      {unsent.length > 0 && (
        <>
          <h3 class="unsent">Never sent</h3>
          <Table entries={unsent} label="Never sent" />
        </>
      )}
    </>
  )
}

/** Flattens nested properties to the dotted names that the schema has. */
const flatten = (value: unknown, path: string): [string, unknown][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, below]) => flatten(below, path === '' ? key : `${path}.${key}`))
    : [[path, value]]

const propertyPurpose = (name: string, purposes: Purposes): string =>
  purposeIn(purposes, name) ?? (name.startsWith('custom.') ? customPurpose : 'A list; its members are in the table.')

export const Properties = ({ properties, purposes }: { readonly properties: object; readonly purposes: Purposes }) => (
  <Table
    label="Properties"
    entries={flatten(properties, '').map(([name, value]) => [name, value, propertyPurpose(name, purposes)])}
  />
)
