import { describe as about, expect, it } from 'vitest'
import { describe, fieldPath } from './problem.ts'

about('fieldPath', () => {
  it.each([
    { path: [], text: '' },
    { path: ['spec', 'containers', 0, 'image'], text: 'spec.containers[0].image' },
    {
      path: ['metadata', 'labels', 'app.kubernetes.io/name'],
      text: 'metadata.labels["app.kubernetes.io/name"]',
    },
    { path: ['labels', '2'], text: 'labels["2"]' },
    { path: ['labels', 'a"b\n'], text: 'labels["a\\"b\\n"]' },
    { path: ['a', '__proto__'], text: 'a.__proto__' },
  ])('writes $text as the API server does', ({ path, text }) => {
    expect(fieldPath(path)).toBe(text)
  })
})

about('describe', () => {
  it.each([
    [
      { path: ['spec'], message: 'is missing', file: 'a.yaml', line: 3, column: 5 },
      'a.yaml:3:5: spec: is missing',
    ],
    [{ path: ['spec'], message: 'is missing' }, 'spec: is missing'],
    [{ path: [], message: 'is no YAML', file: 'a.yaml' }, 'a.yaml: is no YAML'],
  ])('says what is known of where: %j', (problem, text) => {
    expect(describe(problem)).toBe(text)
  })
})
