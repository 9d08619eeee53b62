import { frame, maxCauses, maxFrames } from './frame.ts'
import { bool, digest, integer, listOf, nameOf, oneOf, optionName, setOf } from './shapes.ts'
import { errorTypes, sqlStateClasses } from './errors.ts'
import type { EventName, SpanRow } from './row.ts'
import { count, operationEvents, spanRow, versionOrUnknown } from './span-row.ts'
import {
  crashKinds,
  errorClasses,
  fetchStatuses,
  installationAges,
  type LossReason,
  lossReasons,
  policyPersistences,
  policyTypes,
  type SpanType,
  spanTypes,
} from './vocabulary.ts'

const everyEvent: readonly EventName[] = ['fetch', 'policy run', 'operation', 'run', 'crash']

/** These have no outcome: a report of lost events, an operation that has not ended, and a request for deletion. */
const noWork: readonly SpanType[] = ['delivery', 'progress', 'forget']
const workTypes = spanTypes.filter((type) => !noWork.includes(type))

const outcome = (
  [
    ['cq.span.type', null, oneOf(...spanTypes), 'What the span stands for.'],
    ['cq.success', 'success', bool(), 'The share of runs that succeed.'],
    ['error.type', 'error_type', oneOf(...errorTypes), 'Which errors occur: a known class or code, never a message.'],
    [
      'cq.error.class',
      'error_class',
      oneOf(...errorClasses),
      "Tells the tool's own faults from those of its surroundings.",
    ],
    [
      'cq.error.sqlstate_class',
      'error_sqlstate_class',
      oneOf(...sqlStateClasses),
      'Which kind of database error: the first two characters of the SQLSTATE.',
    ],
  ] as const
).map((each) => spanRow(each[1] === null ? spanTypes : workTypes, each[1] === null ? [] : everyEvent, each))

const run = (
  [
    ['process.exit.code', 'exit_code', integer('exit code', 4_294_967_295), 'How runs end.'],
    ['cq.operations.count', 'operations', count, 'How many operations a run has.'],
    [
      'cq.spans.recorded',
      'spans_recorded',
      count,
      'How many spans the run has recorded, with this one. Shows how many were lost on the way.',
    ],
    [
      'cq.first.day',
      'first_day',
      bool(),
      'Counts the users of a day where there is no id: whether it is the first run of the installation on that day (UTC).',
    ],
    ['cq.first.week', 'first_week', bool(), 'The same for the week, from Monday.'],
    ['cq.first.month', 'first_month', bool(), 'The same for the month.'],
    [
      'cq.age',
      'age',
      oneOf(...installationAges),
      'Counts users who come back: weeks since the installation was first used. Only on the first run of a week.',
    ],
  ] as const
).map((each) => spanRow(['run'], ['run'], each))

/** The most options of one operation. */
const maxOptions = 50

const operation = (
  [
    [
      'cq.options',
      'options',
      setOf(optionName(), maxOptions),
      'Which options are used: those that the tool declares and the user gave, sorted. A value only of switches and closed lists.',
    ],
    [
      'cq.spans.dropped',
      'spans_dropped',
      count,
      'How many spans OTLP left out because there were too many; the sums hold them.',
    ],
    ['cq.names.folded', 'names_folded', count, 'How many names were summed up under `_OTHER`.'],
    [
      'cq.aborted',
      'aborted',
      bool(),
      'Whether the process was killed while the operation was at work; the next run says so.',
    ],
    [
      'cq.sample.per_million',
      'sample_per_million',
      integer('number of a million', 1e6, 1),
      'How many of a million operations are recorded, to count the others.',
    ],
  ] as const
).map((each) => spanRow(['operation'], operationEvents, each))

const named = spanRow(
  ['operation', 'crash', 'progress'],
  [...operationEvents, 'crash'],
  ['cq.operation.name', 'operation', nameOf('operations'), 'Which operations are used.'],
)

const leftOut = spanRow(
  ['operation', 'run'],
  [...operationEvents, 'run'],
  [
    'cq.sample.left_out',
    'sample_left_out',
    integer('count', 1e9, 1),
    'How many successful operations of this name, or runs, were left out before this one, to count them.',
  ],
)

const crash = (
  [
    ['cq.crash.kind', 'crash_kind', oneOf(...crashKinds), 'How the crash came to be known.'],
    [
      'cq.crash.fingerprint',
      'crash_fingerprint',
      digest(),
      'Groups the reports of one fault: a hash of the class, the causes and the innermost five frames that leave.',
    ],
    [
      'cq.crash.frames',
      'crash_frames',
      listOf(frame(), maxFrames),
      'Where in the published code it happened: no function names, no paths of the machine.',
    ],
    ['cq.crash.causes', 'crash_causes', listOf(oneOf(...errorTypes), maxCauses), 'The classes of the causes.'],
  ] as const
).map((each) => spanRow(['crash'], ['crash'], each))

const lossPurposes: Record<LossReason, string> = {
  expired: 'How many events were too old to be sent.',
  overflow: 'How many events were removed since too much was waiting.',
  rejected: 'How many events a server refused for good.',
  unreadable: 'How many lines on disk could not be read.',
  suppressed: 'How many crash reports of one kind were beyond the few that are sent a day.',
}

const losses = lossReasons.map((reason) =>
  spanRow(['delivery'], ['delivery'], [`cq.lost.${reason}`, `lost_${reason}`, count, lossPurposes[reason]]),
)

const nestedSpans = (
  [
    [['provider'], 'cq.provider.version', versionOrUnknown, 'Which provider versions are in use.'],
    [['provider', 'resource'], 'cq.provider.name', nameOf('providers'), 'Which providers are used.'],
    [['provider'], 'cq.fetch.status', oneOf(...fetchStatuses), 'How the fetch of the provider went.'],
    [['resource'], 'cq.resource.name', nameOf('resources'), 'Which resources are fetched.'],
    [['resource'], 'cq.resource.count', count, 'How many items it fetched.'],
    [['policy'], 'cq.policy.name', nameOf('policies'), 'Which public policies are used.'],
    [['policy'], 'cq.policy.type', oneOf(...policyTypes), 'Where policies come from.'],
    [['policy'], 'cq.policy.selector', oneOf('private'), 'Whether a part of the policy was picked; never which.'],
    [['policy'], 'cq.policy.private', bool(), 'The share of policies that are not from the public hub.'],
    [['policy'], 'cq.policy.persistence', oneOf(...policyPersistences), 'What becomes of the results.'],
    [['operation', 'provider', 'resource'], 'cq.errors', count, 'How many errors there were, handled ones too.'],
    [['operation', 'provider'], 'cq.resources.count', count, 'How many items were fetched in all.'],
    [['operation', 'provider'], 'cq.resources.fetches', count, 'How many fetches of resources there were.'],
  ] as const
).map(([on, key, ...rest]) => spanRow(on, [], [key, null, ...rest]))

/** Attributes of one span. The sums over the children of an operation have a file of their own. */
export const spanRows: readonly SpanRow[] = [
  ...outcome,
  ...run,
  named,
  ...operation,
  leftOut,
  ...crash,
  ...losses,
  ...nestedSpans,
]
