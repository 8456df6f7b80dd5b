import { UnauthenticatedError } from '@arcp/protocol'

/** The refusal of a token. What led to it is for operators; the wire says the same whatever it was. */
export class RefusedToken extends UnauthenticatedError {
  readonly reason: string

  constructor(reason?: string) {
    const message = 'the token was refused'
    super(message)
    this.reason = reason ?? message
  }
}
