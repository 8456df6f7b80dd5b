import { expect, test } from 'vitest'
import { fileType } from './file-type'

test.each([
  ['src/a.ts', '.ts'],
  ['photo.JPG', '.jpg'],
  ['a.test.ts', '.ts'],
  ['v1.2/Makefile', 'Makefile'],
  ['.gitignore', '.gitignore'],
  ['.eslintrc.json', '.json'],
  ['ends-with-a-dot.', 'ends-with-a-dot.'],
  ['a.b/__proto__', '__proto__'],
])('%s counts as %s', (path, type) => {
  expect(fileType(path)).toBe(type)
})
