import type { Dialect } from '../peer'
import type { Rule } from '../rule'

/** What is left of a rule that is not for a dialect; nothing of one that is for all. */
export function notFor<Memory>(dialect: Dialect, rule: Rule<Memory>): Rule<Memory>[] {
  return rule.dialects ? [{ ...rule, dialects: rule.dialects.filter((each) => each !== dialect) }] : []
}
