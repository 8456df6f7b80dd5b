/** A claim that is missing or says nothing there is. The message repeats no value. */
export class ClaimFault extends TypeError {}
