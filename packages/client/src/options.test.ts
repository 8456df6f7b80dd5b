import { expect, it } from 'vitest'
import { DEFAULT_LIMITS } from './limits'
import { settingsOf } from './options'

it('takes a limit that is undefined for one that is not given', () => {
  const { limits } = settingsOf({ token: 't', limits: { backoffMs: 7, maxBackoffMs: undefined } as object })
  expect(limits).toEqual({ ...DEFAULT_LIMITS, backoffMs: 7 })
})
