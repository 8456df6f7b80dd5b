import * as v from 'valibot'
import type { Schema } from '../schema'

/** An integer from 0. */
export const count: Schema<number> = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** An integer from 1. */
export const positiveCount: Schema<number> = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
