import { expect, test } from 'vitest'
import { plainDisplay } from './plain-display'

function record() {
  const lines: string[] = []
  return { lines, display: plainDisplay((text) => lines.push(text)) }
}

test('however many steps a work has, it is told at its quarters and its end', () => {
  const { lines, display } = record()
  const progress = display.progress('report', 1000)
  for (let i = 1; i <= 1000; i++) progress.update(i, undefined, 'a message')
  progress.end('1,000 files')
  expect(lines).toEqual([
    'report: 25 % (250 of 1000)\n',
    'report: 50 % (500 of 1000)\n',
    'report: 75 % (750 of 1000)\n',
    'report: 100 % (1000 of 1000)\n',
    'report: 1,000 files\n',
  ])
})

test('steps that leap over quarters are told once', () => {
  const { lines, display } = record()
  const progress = display.progress('count')
  progress.update(3, 5)
  progress.update(5, 5)
  progress.update(5, 5)
  expect(lines).toEqual(['count: 60 % (3 of 5)\n', 'count: 100 % (5 of 5)\n'])
})

test('where the total is unknown the lines grow rarer', () => {
  const { lines, display } = record()
  const progress = display.progress('walk')
  for (let i = 1; i <= 5000; i++) progress.update(i)
  expect(lines).toEqual(['walk: 1\n', 'walk: 10\n', 'walk: 100\n', 'walk: 1000\n'])
})

test('an ended work says nothing more, and nothing said can move the cursor', () => {
  const { lines, display } = record()
  const progress = display.progress('a\u001b[2J', 4)
  progress.end('cancelled\r')
  progress.update(4)
  progress.end('again')
  expect(lines).toEqual(['a\\u{1b}[2J: cancelled\\r\n'])
})
