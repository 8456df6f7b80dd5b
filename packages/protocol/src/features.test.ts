import { describe, expect, it } from 'vitest'
import { agreeFeatures, FEATURES } from './features'

describe('agreeFeatures', () => {
  it('agrees on what both sides named, in the order of ours', () => {
    expect(agreeFeatures(['ack', 'heartbeat', 'progress'], ['progress', 'ack'])).toEqual(['ack', 'progress'])
  })

  it('ignores unknown flags and repetitions', () => {
    expect(agreeFeatures(['ack'], ['ack', 'ack', 'teleport', '__proto__', ''])).toEqual(['ack'])
  })

  it('agrees on nothing where a side names nothing', () => {
    expect(agreeFeatures([], FEATURES)).toEqual([])
    expect(agreeFeatures(FEATURES, [])).toEqual([])
  })

  it('agrees on everything with its like', () => {
    expect(agreeFeatures(FEATURES, FEATURES)).toEqual(FEATURES)
  })
})
