import { type ArcpError, describeIssues, InvalidRequestError, type Issue } from '@arcp/protocol'

/** The error of what is malformed at these places. */
export function invalidRequest(issues: readonly Issue[]): ArcpError {
  return new InvalidRequestError(describeIssues(issues), { details: { issues } })
}
