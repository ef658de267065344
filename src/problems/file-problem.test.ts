import { expect, it } from 'vitest'
import { fileProblem } from './file-problem.ts'

it.each([
  {
    error: Object.assign(new Error('ENOENT: no such file, open x'), { code: 'ENOENT' }),
    says: 'there is no such file or directory',
  },
  { error: Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }), says: 'EIO: i/o error, read' },
  { error: new Error('somebody changed the file meanwhile'), says: 'somebody changed the file meanwhile' },
])('an error of a file is a sentence: $says', ({ error, says }) => {
  expect(fileProblem(error)).toBe(says)
})
