import type { Envelope } from '@arcp/protocol'
import type { Dialect } from './peer'

/**
 * One way in which a peer of the public draft differs, and what is done about it. `Memory` is what its side's translator
 * keeps. `docs/protocol.md` §13.
 */
export interface Rule<Memory> {
  /** Short and unique in its table. */
  readonly name: string
  /** What holds of those peers that makes it necessary. */
  readonly fact: string
  /** Whom it is for; every dialect of the draft when left out. */
  readonly dialects?: readonly Dialect[]
  /** By the type a frame has when the rule's turn comes, `*` for the types not named: on the way from the peer. */
  readonly read?: Steps<Memory>
  /** The same on the way to the peer. */
  readonly write?: Steps<Memory>
}

/** What is done to frames, by their type. */
export type Steps<Memory> = Readonly<Record<string, Step<Memory>>>

/**
 * Changes a frame, which is the translator's own. What it returns goes on in the frame's place, to the rules after this
 * one; nothing returned, the frame itself does.
 */
export type Step<Memory> = (frame: Envelope, memory: Memory) => readonly Envelope[] | undefined

/** Takes a frame through the rules of one direction, in the order of their table. */
export function applyRules<Memory>(
  steps: readonly Steps<Memory>[],
  frame: Envelope,
  memory: Memory,
): readonly Envelope[] {
  let frames: readonly Envelope[] = [frame]
  for (const step of steps) {
    frames = frames.flatMap((each) => (step[each.type] ?? step['*'])?.(each, memory) ?? [each])
  }
  return frames
}

/** The steps of one direction that are for a dialect, in the order of their table. */
export function stepsFor<Memory>(
  rules: readonly Rule<Memory>[],
  direction: 'read' | 'write',
  dialect: Dialect,
): Steps<Memory>[] {
  return rules
    .filter(({ dialects }) => dialects?.includes(dialect) ?? true)
    .map((rule) => rule[direction])
    .filter((steps) => steps !== undefined)
}
