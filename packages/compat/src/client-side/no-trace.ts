/** In the place of a trace that a runtime does not tell: what says of itself that it is none. */
export const NO_TRACE = '0'.repeat(32)
