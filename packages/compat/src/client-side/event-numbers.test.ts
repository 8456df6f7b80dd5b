import { describe, expect, it } from 'vitest'
import { EventNumbers } from './event-numbers'
import type { FollowedJob } from './followed-jobs'

const job: FollowedJob = { id: 'job_1', own: true, facts: {}, seq: 0, firstNumber: 0, traced: false }

describe('numbers of a session', () => {
  it('run on over frames that are not handed on', () => {
    const numbers = new EventNumbers(10)
    numbers.arrived(1)
    numbers.arrived(2)
    expect(numbers.next()).toBe(1)
    expect(numbers.acknowledge(1)).toBe(2)
  })

  it('leave out what is missing, and resume before it, though the frame behind it was not handed on', () => {
    const numbers = new EventNumbers(10)
    numbers.arrived(1)
    expect(numbers.next()).toBe(1)
    numbers.arrived(4)
    expect(numbers.resume(1)).toEqual({ theirs: 1, undone: [] })
    numbers.arrived(2)
    expect(numbers.next()).toBe(2)
    numbers.arrived(4)
    expect(numbers.next()).toBe(4)
  })

  it('leave out nothing that a runtime does not have when it is asked for it', () => {
    const numbers = new EventNumbers(10)
    numbers.arrived(1)
    numbers.next()
    numbers.resume(1)
    numbers.arrived(3)
    expect(numbers.next()).toBe(2)
  })

  it('know what came before, and tell an acknowledgement once', () => {
    const numbers = new EventNumbers(10)
    expect(numbers.arrived(1)).toBe(true)
    expect(numbers.arrived(1)).toBe(false)
    numbers.next()
    expect(numbers.acknowledge(1)).toBe(1)
    expect(numbers.acknowledge(1)).toBeUndefined()
    expect(numbers.acknowledge(7)).toBeUndefined()
    expect(numbers.resume(1)).toMatchObject({ theirs: 1 })
  })

  it('tell how jobs stood before what is undone, the last first', () => {
    const numbers = new EventNumbers(10)
    for (const theirs of [1, 2, 3]) {
      numbers.arrived(theirs)
      numbers.next({ job, seq: theirs - 1 })
    }
    const undone = [
      { job, seq: 2 },
      { job, seq: 1 },
    ]
    expect(numbers.resume(1)).toEqual({ theirs: 1, undone })
    expect(numbers.arrived(2)).toBe(true)
  })
})
