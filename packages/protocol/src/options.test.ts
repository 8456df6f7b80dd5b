import { expect, it } from 'vitest'
import { refuseOthers } from './options'

it('names an option there is none of, given or not', () => {
  expect(() => refuseOthers({ tokn: undefined })).toThrow(new TypeError('there is no option tokn'))
  expect(() => refuseOthers({ sesions: 1 }, 'limits.')).toThrow(
    new TypeError('there is no option limits.sesions'),
  )
})

it('has nothing against none', () => {
  expect(() => refuseOthers({})).not.toThrow()
})
