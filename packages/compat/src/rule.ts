import type { Envelope } from '@arcp/protocol'
import type { Dialect } from './peer'

/**
 * One way in which peers of the public draft differ, and what is done about it. `Memory` is what its side's translator
 * keeps. `docs/protocol.md` §13.
 */
export interface Rule<Memory> {
  /** Short, and unique in its table. */
  readonly name: string
  /** What holds of those peers that makes it necessary. */
  readonly fact: string
  /** Whom it is for; every dialect when left out. */
  readonly dialects?: readonly Dialect[]
  /** By the type a frame has when the rule's turn comes, `*` for types not named: on the way from the peer. */
  readonly read?: Steps<Memory>
  /** The same on the way to the peer. */
  readonly write?: Steps<Memory>
}

/** What is done to frames, by their type. */
export type Steps<Memory> = Readonly<Record<string, Step<Memory>>>

/**
 * Changes a frame, which is the translator's own. What it returns goes on in the frame's place, to the rules after this
 * one; where it returns nothing, the frame itself does. Frames of peers may hold anything: a step never throws.
 */
export type Step<Memory> =
  | ((frame: Envelope, memory: Memory) => void)
  | ((frame: Envelope, memory: Memory) => readonly Envelope[] | undefined)

/** The steps of one direction that are for one dialect, in the order of their table. */
export type Way<Memory> = readonly ReadonlyMap<string, Step<Memory>>[]

/** Looks up which of the rules are for a dialect. */
export function wayOf<Memory>(
  rules: readonly Rule<Memory>[],
  direction: 'read' | 'write',
  dialect: Dialect,
): Way<Memory> {
  return rules
    .filter(({ dialects }) => dialects?.includes(dialect) ?? true)
    .map((rule) => new Map(Object.entries(rule[direction] ?? {})))
    .filter((steps) => steps.size > 0)
}

/** Takes a frame along its way. */
export function translate<Memory>(way: Way<Memory>, frame: Envelope, memory: Memory): readonly Envelope[] {
  let frames: readonly Envelope[] = [frame]
  for (const steps of way) {
    frames = frames.flatMap((each) => (steps.get(each.type) ?? steps.get('*'))?.(each, memory) ?? [each])
  }
  return frames
}
