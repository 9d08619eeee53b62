import type { PageData } from '../page-data.ts'
import type { ViewRun } from '../runs.ts'
import { plural } from '../view-span.ts'
import { Attributes, Name, Properties } from './attributes.tsx'
import { RequestView } from './request.tsx'

/** Shows what would be sent, and beside it what was removed. */

interface SectionProps {
  readonly run: ViewRun
  readonly data: PageData
}

/** The most events that are listed. The request shows all of them. */
const maxEvents = 200

const Events = ({ run, data }: SectionProps) => (
  <details>
    <summary>{plural(run.events.length, 'track event')} for RudderStack</summary>
    {run.events.slice(0, maxEvents).map(({ event, messageId, properties }) => (
      <details key={messageId}>
        <summary>{event}</summary>
        <Properties properties={properties} purposes={data.properties} />
      </details>
    ))}
    {run.events.length > maxEvents && <p>The request has the other {run.events.length - maxEvents}.</p>}
  </details>
)

const Sent = ({ run, data }: SectionProps) => (
  <section aria-labelledby="sent-title">
    <h2 id="sent-title">What would be sent</h2>
    {run.requests.map((request) => (
      <RequestView key={request.path} request={request} />
    ))}
    {run.requests.length === 0 && <p class="quiet">Nothing.</p>}
    <details>
      <summary>{plural(Object.keys(run.resource).length, 'fact')} about the run, the same for each span</summary>
      <Attributes attributes={run.resource} purposes={data.purposes} />
    </details>
    {run.events.length > 0 && <Events run={run} data={data} />}
  </section>
)

const Removed = ({ run }: Pick<SectionProps, 'run'>) => (
  <section aria-labelledby="removed-title">
    <h2 id="removed-title">What was removed</h2>
    {run.removed.length === 0 ? (
      <p class="quiet">Nothing: all that was recorded may be sent.</p>
    ) : (
      <table class="removed">
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
              <td>
                <Name name={what} />
              </td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </section>
)

export const Sections = ({ run, data }: SectionProps) => (
  <div class="sections">
    <Sent run={run} data={data} />
    <Removed run={run} />
  </div>
)
