import { accepted } from './rules/runtime-side/accepted'
import { advisoryAcks } from './rules/runtime-side/advisory-acks'
import { answersInOrder } from './rules/runtime-side/answers-in-order'
import { budgetAmounts, budgetNumbers } from './rules/runtime-side/budget'
import { bye } from './rules/runtime-side/bye'
import { cancelAnswer } from './rules/runtime-side/cancel-answer'
import { emptyMessages } from './rules/runtime-side/empty-messages'
import { events } from './rules/runtime-side/events'
import { errorOfRequest, errorsNobodyAwaits, errorsThatEndAll } from './rules/runtime-side/failed-request'
import { finalStatus } from './rules/runtime-side/final-status'
import { fullPages } from './rules/runtime-side/full-pages'
import { heartbeats } from './rules/runtime-side/heartbeats'
import { history } from './rules/runtime-side/history'
import { jobOfEnvelope } from './rules/runtime-side/job-of-envelope'
import { knownCodes } from './rules/runtime-side/known-codes'
import { listEntries } from './rules/runtime-side/list-entries'
import { listFilter } from './rules/runtime-side/list-filter'
import { listLimit } from './rules/runtime-side/list-limit'
import { noNulls } from './rules/runtime-side/no-nulls'
import { refusedHello, refusedHelloJava } from './rules/runtime-side/refused-hello'
import { acceptedThenFailed, jobThatNeverWas, requestInDetails } from './rules/runtime-side/rejected-submit'
import { sessionResume } from './rules/runtime-side/session-resume'
import { terminals } from './rules/runtime-side/terminals'
import { tokenNamesSession } from './rules/runtime-side/token-names-session'
import { topLevelResume } from './rules/runtime-side/top-level-resume'
import { typedEvents } from './rules/runtime-side/typed-events'
import { unsubscribed } from './rules/runtime-side/unsubscribed'
import { versionOne } from './rules/runtime-side/version-one'
import { wholeProgress } from './rules/runtime-side/whole-progress'
import { wholeSeconds } from './rules/runtime-side/whole-seconds'
import type { RuntimeRule } from './runtime-side/rule'

/** What is done for clients of the public draft, in this order. */
export const runtimeRules: readonly RuntimeRule[] = [
  // What they ask
  sessionResume,
  topLevelResume,
  tokenNamesSession,
  typedEvents,
  advisoryAcks,
  wholeSeconds,
  bye,
  jobOfEnvelope,
  listFilter,
  listLimit,
  // What fails; what comes of it is told as everything else is
  refusedHello,
  refusedHelloJava,
  answersInOrder,
  jobThatNeverWas,
  acceptedThenFailed,
  errorOfRequest,
  errorsThatEndAll,
  errorsNobodyAwaits,
  requestInDetails,
  // What they are told
  heartbeats,
  terminals,
  wholeProgress,
  events,
  accepted,
  budgetNumbers,
  budgetAmounts,
  cancelAnswer,
  history,
  listEntries,
  unsubscribed,
  finalStatus,
  knownCodes,
  emptyMessages,
  noNulls,
  fullPages,
  versionOne,
]
