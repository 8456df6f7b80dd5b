import { isObject } from '../../json'
import type { RuntimeRule } from '../../runtime-side/rule'

export const budgetNumbers: RuntimeRule = {
  name: 'budget numbers',
  fact: 'The budget of job.accepted is a number for each currency, everywhere but for Python.',
  dialects: ['typescript', 'go', 'java', 'csharp', 'draft'],
  write: { 'job.accepted': ({ payload }) => write(payload, (_, amount) => Number(amount)) },
}

export const budgetAmounts: RuntimeRule = {
  name: 'budget amounts',
  fact: 'Clients for Python take each amount as a text with its currency, and die of a number.',
  dialects: ['python', 'older-python'],
  write: { 'job.accepted': ({ payload }) => write(payload, (currency, amount) => `${currency}:${amount}`) },
}

function write(
  payload: Record<string, unknown>,
  one: (currency: string, amount: unknown) => unknown,
): undefined {
  if (!isObject(payload.budget)) return
  const amounts = Object.entries(payload.budget)
  payload.budget = Object.fromEntries(amounts.map(([currency, amount]) => [currency, one(currency, amount)]))
}
