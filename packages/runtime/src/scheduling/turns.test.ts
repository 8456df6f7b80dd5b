import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { Turns } from './turns'

/** What was done, and a way to ask for more. */
function open(waiting = 10) {
  const clock = new TestClock()
  const turns = new Turns<{ readonly name: string }>(clock, { reason: 'pages', waiting })
  const done: string[] = []
  const ask = (asker: { readonly name: string }, what: number) =>
    turns.take(asker, () => done.push(`${asker.name}${what}`))
  return { clock, turns, done, ask, ada: { name: 'ada' }, bob: { name: 'bob' } }
}

describe('work in turns', () => {
  it('is done at once where there is no other, and then one piece in a macrotask, by turns', () => {
    const { clock, done, ask, ada, bob } = open()
    for (let i = 1; i <= 3; i++) ask(ada, i)
    ask(bob, 1)
    expect(done).toEqual(['ada1'])
    clock.runDeferred()
    expect(done).toEqual(['ada1', 'ada2'])
    clock.runDeferred()
    expect(done).toEqual(['ada1', 'ada2', 'bob1'])
    clock.runDeferred()
    expect(done).toEqual(['ada1', 'ada2', 'bob1', 'ada3'])
    clock.runDeferred()
    expect(clock.deferred).toBe(0)
    ask(bob, 2)
    expect(done.at(-1)).toBe('bob2')
  })

  it('is refused where too much of one waits, and of no other', () => {
    const { done, ask, ada, bob } = open(2)
    for (let i = 1; i <= 3; i++) ask(ada, i)
    expect(() => ask(ada, 4)).toThrow('pages')
    ask(bob, 1)
    expect(done).toEqual(['ada1'])
  })

  it('goes on after work that throws', async () => {
    const { clock, turns, done, ask, ada } = open()
    const failing = () => {
      throw new Error('no')
    }
    expect(() => turns.take(ada, failing)).toThrow('no')
    ask(ada, 1)
    await clock.settle()
    expect(done).toEqual(['ada1'])
  })
})
