import type { ClientRule } from './client-side/rule'
import {
  acceptedFields,
  budgetTexts,
  delegatedJobs,
  ownJobs,
  whichSubmit,
} from './rules/client-side/accepted'
import { jobOfAnother } from './rules/client-side/adopted'
import { cancelAnswer, cancelBeforeEnd, cancelReason, silentCancel } from './rules/client-side/cancel'
import {
  errorOfNoJob,
  errorWithoutTrace,
  errorWithTheId,
  requestInDetails,
  uncorrelatedError,
} from './rules/client-side/errors'
import {
  endedByResult,
  eventFields,
  events,
  lastChunk,
  noResult,
  strangeEvents,
  terminals,
  tracedJobs,
} from './rules/client-side/events'
import { listEntries, listFilter, whichListing } from './rules/client-side/listing'
import { acknowledgements, numbers, numbersOfSubscriptions, repeated } from './rules/client-side/numbers'
import {
  otherSession,
  refusedHello,
  resumeRefused,
  resumeTwice,
  strandedJobs,
} from './rules/client-side/resume'
import { bye, byeOfRuntime, closeAfterBye, closeReason, sessionOfAnother } from './rules/client-side/sessions'
import {
  longerSubmits,
  momentOfExpiry,
  noJobTokens,
  oneAtATime,
  ownTrace,
  submitFields,
  submitsUnderWay,
  wholeSeconds,
} from './rules/client-side/submit'
import {
  earlyHistory,
  endedJobs,
  followedTwice,
  history,
  outOfReach,
  subscribed,
} from './rules/client-side/subscribe'
import {
  ackWindow,
  agentNames,
  gatedFeatures,
  noHold,
  shortLines,
  welcomeFields,
} from './rules/client-side/welcome'

/** What is done for runtimes of the public draft, in this order. */
export const clientRules: readonly ClientRule[] = [
  // What the session is
  gatedFeatures,
  resumeTwice,
  otherSession,
  refusedHello,
  resumeRefused,
  strandedJobs,
  welcomeFields,
  shortLines,
  agentNames,
  ackWindow,
  noHold,
  closeReason,
  bye,
  closeAfterBye,
  byeOfRuntime,
  // Which numbers count
  numbersOfSubscriptions,
  repeated,
  acknowledgements,
  // What is asked
  noJobTokens,
  submitsUnderWay,
  submitFields,
  momentOfExpiry,
  wholeSeconds,
  ownTrace,
  longerSubmits,
  oneAtATime,
  cancelReason,
  outOfReach,
  followedTwice,
  history,
  // What answers it
  errorWithTheId,
  errorOfNoJob,
  errorWithoutTrace,
  requestInDetails,
  uncorrelatedError,
  earlyHistory,
  endedJobs,
  subscribed,
  delegatedJobs,
  whichSubmit,
  acceptedFields,
  budgetTexts,
  jobOfAnother,
  ownJobs,
  cancelAnswer,
  cancelBeforeEnd,
  silentCancel,
  whichListing,
  listEntries,
  listFilter,
  // What is told
  tracedJobs,
  strangeEvents,
  events,
  eventFields,
  endedByResult,
  terminals,
  noResult,
  lastChunk,
  numbers,
  sessionOfAnother,
]
