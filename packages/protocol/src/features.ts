/**
 * What a peer may ask for in its hello. A flag gates only what the other side is sent unasked or must do; everything
 * else a runtime can do it does for anyone. `docs/protocol.md` §2.
 */
export const FEATURES = [
  'heartbeat',
  'ack',
  'list_jobs',
  'subscribe',
  'lease_expires_at',
  'cost.budget',
  'model.use',
  'provisioned_credentials',
  'progress',
  'result_chunk',
  'agent_versions',
  'typed_events',
] as const

/** A feature this protocol names. */
export type Feature = (typeof FEATURES)[number]

/** The features both sides named, in the order of `ours`; unknown flags and repetitions are ignored. */
export function agreeFeatures(ours: readonly Feature[], theirs: readonly string[]): Feature[] {
  return ours.filter((feature) => theirs.includes(feature))
}
